//! XML as a row of opened elements, texts and closings. Nothing is fetched and no entity but the five of XML stands for
//! anything: what a document type declares is passed over, so a text never becomes longer than it was written.

use crate::ReadError;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting that is read.
const DEEPEST: usize = 64;
/// Most attributes of an element that are looked at.
const ATTRIBUTES: usize = 64;

/// What comes next in a document.
pub(crate) enum Part {
    /// An element begins.
    Open(Element),
    /// Text in the element.
    Text(String),
    /// The element that was opened last ends.
    Close,
}

/// An element without what is in it.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The text of an attribute; none when it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A line or column number in an attribute.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.trim().parse().ok().filter(|number| *number > 0)
    }
}

/// Reads a document whose outermost element is one of `roots`, and tells its parts in order.
pub(crate) fn read(
    bytes: &[u8],
    format: &'static str,
    roots: &[&str],
    mut told: impl FnMut(Part),
) -> Result<(), ReadError> {
    let malformed = |message: String| ReadError::Malformed { format, message };
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut reader = Reader::from_str(&text);
    let (mut depth, mut seen) = (0, false);
    loop {
        let event = reader.read_event().map_err(|error| {
            let line = text.get(..usize::try_from(reader.error_position()).unwrap_or(0)).unwrap_or_default();
            malformed(format!("line {}: {error}", line.matches('\n').count() + 1))
        })?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                let element = element(start);
                if depth == 0 && (seen || !roots.contains(&element.name.as_str())) {
                    return Err(malformed(format!("the document is a `{}`", crate::clean(&element.name))));
                }
                seen = true;
                depth += 1;
                if depth > DEEPEST {
                    return Err(malformed(format!("elements lie more than {DEEPEST} deep in each other")));
                }
                told(Part::Open(element));
                if matches!(event, Event::Empty(_)) {
                    depth -= 1;
                    told(Part::Close);
                }
            }
            Event::End(_) => {
                depth -= 1;
                told(Part::Close);
            }
            Event::Text(words) if depth > 0 => told(Part::Text(words.xml10_content().into_owned())),
            Event::CData(words) => told(Part::Text(words.xml10_content().into_owned())),
            Event::Text(words) if words.trim().is_empty() => {}
            Event::Text(_) => return Err(malformed("there is text outside of the document".to_owned())),
            Event::GeneralRef(entity) => {
                let known = entity.resolve_char_ref().ok().flatten().map(String::from);
                let known = known.or_else(|| resolve_predefined_entity(&entity).map(str::to_owned));
                told(Part::Text(known.unwrap_or_else(|| format!("&{};", &*entity))));
            }
            Event::Eof if !seen => return Err(malformed("there is no document".to_owned())),
            Event::Eof if depth > 0 => return Err(malformed("it ends in the middle".to_owned())),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten().take(ATTRIBUTES).map(|attribute| {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| attribute.value.clone());
        (attribute.key.local_name().as_ref().to_owned(), value.into_owned())
    });
    Element { name: start.local_name().as_ref().to_owned(), attributes: attributes.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str) -> Result<String, ReadError> {
        let mut all = String::new();
        read(document.as_bytes(), "test", &["a"], |part| match part {
            Part::Open(element) => all.push_str(element.get("x").unwrap_or_default()),
            Part::Text(text) => all.push_str(&text),
            Part::Close => {}
        })?;
        Ok(all)
    }

    #[test]
    fn entities_do_not_grow() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
<a x="&c;&lt;">&c;&f;&amp;&#65;<![CDATA[<&c;>]]></a>"#;
        assert_eq!(texts(bomb).unwrap(), "&c;&lt;&c;&f;&A<&c;>");
    }

    #[test]
    fn what_is_no_whole_document_is_an_error() {
        for (document, why) in [
            ("", "there is no document"),
            ("all good", "there is text outside"),
            ("<b/>", "the document is a `b`"),
            ("<a><c></a>", "line 1"),
            ("<a>\n<c>\n", "it ends in the middle"),
            ("<a/><a/>", "the document is a `a`"),
        ] {
            let said = texts(document).unwrap_err().to_string();
            assert!(said.contains(why), "{document}: {said}");
        }
        let deep = "<a>".repeat(100_000);
        assert!(texts(&deep).unwrap_err().to_string().contains("deep in each other"));
    }
}
