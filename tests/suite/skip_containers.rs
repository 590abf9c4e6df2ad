//! The annotation `skip-containers`, read as Go's `encoding/csv` reads one record.

use podid::reasoning::pod::skip_containers::names;

#[test]
fn one_record_is_read_as_the_webhook_reads_it() {
    let table: &[(&str, Option<&[&str]>)] = &[
        ("app", Some(&["app"])),
        ("app,side", Some(&["app", "side"])),
        (" app , side ", Some(&[" app ", " side "])),
        ("\"app\",side", Some(&["app", "side"])),
        ("\"a,b\",\"c\"\"d\"", Some(&["a,b", "c\"d"])),
        ("app,", Some(&["app", ""])),
        (",", Some(&["", ""])),
        ("\"\"", Some(&[""])),
        ("app\nside", Some(&["app"])),
        ("\n\r\napp\r\n", Some(&["app"])),
        ("app\r", Some(&["app"])),
        ("a\rb", Some(&["a\rb"])),
        ("\"a\r\nb\",c", Some(&["a\nb", "c"])),
        ("\"app\"\nside", Some(&["app"])),
        ("app\n\"", Some(&["app"])),
        ("", None),
        ("\n", None),
        ("\r", None),
        ("\"app", None),
        ("\"app\" ,side", None),
        (" \"app\",side", None),
        ("a\"b", None),
        ("app,\"side", None),
    ];
    for (value, expected) in table {
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(value), expected, "{value:?}");
    }
}
