//! Documents that are made from code equal what the code makes; `UPDATE=1` writes them.

#[cfg(feature = "plugin")]
#[test]
fn the_schema_is_made_from_the_structs() {
    use crate::support::golden;

    let schema = serde_json::to_string_pretty(&podid::render::json::document::schema()).expect("JSON") + "\n";
    let difference = golden::difference(&golden::file("src/render/json/v1.schema.json"), &schema);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}
