//! Lists that are too long to be kept: each page is made when it is asked for.

use podid_doubles::http::{Request, Response};

/// A list of this many objects.
pub struct Many {
    /// The path.
    pub path: String,
    /// `PodList`.
    pub kind: String,
    /// How many there are.
    pub total: usize,
    /// The JSON of one of them, by its place.
    pub object: Box<dyn Fn(usize) -> String + Send>,
}

impl Many {
    /// The page that is asked for.
    pub fn page(&self, request: &Request) -> Response {
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<usize>().ok());
        let from = number("continue").unwrap_or(0).min(self.total);
        let until = number("limit").filter(|limit| *limit > 0).map_or(self.total, |limit| self.total.min(from + limit));
        let next = if until < self.total { format!(",\"continue\":\"{until}\"") } else { String::new() };
        let mut body = format!(
            "{{\"kind\":\"{}\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"4711\"{next}}},\"items\":[",
            self.kind
        );
        for place in from..until {
            if place > from {
                body.push(',');
            }
            body.push_str(&(self.object)(place));
        }
        body.push_str("]}");
        Response::new(200, "application/json", body)
    }
}
