//! Writes the little XML that IAM and STS speak.

use std::fmt;

/// An element with either text or elements in it.
#[derive(Debug, Clone)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Makes an empty element.
    pub fn new(name: &str) -> Element {
        Element { name: name.to_owned(), attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    /// Gives it another name, as lists have for their members.
    pub fn renamed(mut self, name: &str) -> Element {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets the text.
    pub fn text(mut self, text: &str) -> Element {
        text.clone_into(&mut self.text);
        self
    }

    /// Adds an attribute.
    pub fn attribute(mut self, name: &str, value: &str) -> Element {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an element that holds text.
    pub fn with(self, name: &str, text: &str) -> Element {
        self.containing([Element::new(name).text(text)])
    }

    /// Adds elements.
    pub fn containing(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", escape(value))?;
        }
        write!(f, ">{}", escape(&self.text))?;
        for child in &self.children {
            write!(f, "{child}")?;
        }
        write!(f, "</{}>", self.name)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn text_is_escaped() {
        let element = Element::new("a").attribute("b", "\"").containing([Element::new("c")]).with("d", "<&>");
        assert_eq!(element.to_string(), "<a b=\"&quot;\"><c></c><d>&lt;&amp;&gt;</d></a>");
    }
}
