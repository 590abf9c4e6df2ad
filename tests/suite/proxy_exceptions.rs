//! How exceptions of a proxy are read: the table of forms that people write.

use podid::reasoning::network::proxy::{Exception, exception};

fn read(list: &str, address: &str) -> &'static str {
    match exception(list, address.parse().expect("an address"), 80) {
        Exception::Yes => "yes",
        Exception::Partly(_) => "partly",
        Exception::No => "no",
    }
}

#[test]
fn exceptions_are_read_as_programs_read_them() {
    let rows: &[(&str, &str, &str)] = &[
        ("", "169.254.170.23", "no"),
        ("*", "169.254.170.23", "yes"),
        ("localhost,*", "169.254.170.23", "yes"),
        ("169.254.170.23", "169.254.170.23", "yes"),
        ("localhost, 169.254.170.23 ,.svc", "169.254.170.23", "yes"),
        ("169.254.169.254", "169.254.170.23", "no"),
        ("169.254.170.2", "169.254.170.23", "no"),
        ("169.254.170.23:80", "169.254.170.23", "yes"),
        ("169.254.170.23:8080", "169.254.170.23", "no"),
        ("169.254.0.0/16", "169.254.170.23", "yes"),
        ("169.254.170.0/24", "169.254.170.23", "yes"),
        ("0.0.0.0/0", "169.254.170.23", "yes"),
        ("10.0.0.0/8,172.20.0.0/16", "169.254.170.23", "no"),
        ("169.254.0.0/33", "169.254.170.23", "no"),
        ("169.254.*", "169.254.170.23", "no"),
        ("169.254.", "169.254.170.23", "no"),
        (".170.23", "169.254.170.23", "partly"),
        ("*.170.23", "169.254.170.23", "partly"),
        ("70.23", "169.254.170.23", "no"),
        (".amazonaws.com,.internal,.svc,.cluster.local", "169.254.170.23", "no"),
        ("localhost 169.254.170.23", "169.254.170.23", "partly"),
        ("localhost 169.254.170.23,169.254.0.0/16", "169.254.170.23", "yes"),
        ("http://169.254.170.23", "169.254.170.23", "no"),
        ("fd00:ec2::23", "fd00:ec2::23", "yes"),
        ("FD00:EC2::23", "fd00:ec2::23", "yes"),
        ("fd00:ec2:0:0:0:0:0:23", "fd00:ec2::23", "yes"),
        ("[fd00:ec2::23]", "fd00:ec2::23", "partly"),
        ("[fd00:ec2::23]:80", "fd00:ec2::23", "yes"),
        ("[fd00:ec2::23]:8080", "fd00:ec2::23", "no"),
        ("[fd00:ec2::23],fd00:ec2::23", "fd00:ec2::23", "yes"),
        ("fd00:ec2::/32", "fd00:ec2::23", "yes"),
        ("::/0", "fd00:ec2::23", "yes"),
        ("0.0.0.0/0", "fd00:ec2::23", "no"),
        ("169.254.170.23,[fd00:ec2::23]", "169.254.170.23", "yes"),
        ("fd00:ec2::254", "fd00:ec2::23", "no"),
        (",,", "169.254.170.23", "no"),
    ];
    for (list, address, expected) in rows {
        assert_eq!(read(list, address), *expected, "{list:?} for {address}");
    }
}
