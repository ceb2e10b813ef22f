//! Texts and names that nobody would write: nothing panics, and what is generated keeps its shape.

use docs::contract;
use docs::document::Document;
use docs::sql::Schema;
use docs::sync::{Edited, Sides, sync};
use docs::tree::Texts;
use proptest::prelude::*;

fn generated(marker: &str, path: &str, text: &str) -> String {
    let mut tree = Texts::default();
    tree.set(path, text);
    let page = format!("<!-- generated: {marker} {path} -->\n<!-- /generated -->\n");
    sync("a.md", &page, &tree, Edited::Leave).text
}

/// Every row of a table has as many cells as its head, and no marker of ours stands between the two.
fn holds_its_shape(page: &str) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut wanted, mut cells) = (0, 0);
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Table(columns)) => wanted = columns.len(),
            Event::Start(Tag::TableHead | Tag::TableRow) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(pulldown_cmark::TagEnd::TableRow) => assert_eq!(cells, wanted, "{page}"),
            Event::InlineHtml(html) => panic!("{html} in {page}"),
            _ => {}
        }
    }
    let document = Document::read("a.md", page);
    assert_eq!((document.regions.len(), &*document.marker_problems), (1, &[][..]), "{page}");
}

proptest! {
    #[test]
    fn names_of_tables_stay_names(name in "[ -!#-~\u{e4}\n]{1,20}", column in "[ -!#-~\n]{1,20}", comment in "[ -&(-~\n]{0,20}") {
        let sql = format!("CREATE TABLE \"{name}\" (\"{column}\" INT CHECK (\"{column}\" > 1)); COMMENT ON TABLE \"{name}\" IS '{comment}';");
        let page = generated("schema", "a.sql", &sql);
        holds_its_shape(&page);
        let plain = |line: &str| line.trim().chars().all(|letter| letter.is_ascii_alphanumeric() || "_ {}|-:\"<>!/#;.".contains(letter));
        let diagram = page.split("```").nth(1).unwrap_or_default();
        prop_assert!(diagram.lines().skip(1).all(plain), "{}", page);
    }

    #[test]
    fn words_of_descriptions_stay_words(path in "/[ -!#-\\[\\]-~]{0,20}", words in "[ -!#-\\[\\]-~]{0,30}") {
        let json = format!(
            "{{\"openapi\": \"3.1.0\", \"paths\": {{\"{path}\": {{\"get\": {{\"summary\": \"{words}\", \"responses\": {{\"{words}\": {{\"description\": \"{words}\"}}}}}}}}}}}}"
        );
        holds_its_shape(&generated("endpoints", "a.json", &json));
    }

    #[test]
    fn any_text_is_read(text in "(CREATE|TABLE|ALTER|[a-c]|[(){};,.'\"`\\[$|<>=/*#-]|\n| ){0,40}") {
        Schema::read([("a.sql", text.as_str())]);
        docs::proto::read(&text);
        let tree = Texts::default();
        contract::changes("a.proto", (&text, &tree), ("message a { b c = 1; }", &tree));
        sync("a.md", &text, &tree, Edited::Regenerate);
        let sides = Sides::new("a.md", &text, &text, &text);
        sides.finish("a.md", &text, &tree);
    }

    #[test]
    fn any_proto_is_read(text in "(message|enum|oneof|reserved|rpc|service|map|to|[a-c1-3]|[(){};,.<>=\"/*-]|\n| ){0,40}") {
        let tree = Texts::default();
        prop_assert_eq!(contract::changes("a.proto", (&text, &tree), (&text, &tree)), Some(vec![]), "{}", text);
    }

    #[test]
    fn any_markers_are_read(text in "(<!-- generated: (api|x|schema) a -->|<!-- /generated( sum:t1:00)? -->|<<<<<<< a|=======|>>>>>>> b|\\|\\|\\|\\|\\|\\|\\|| |a|```|\n|\r\n){0,24}") {
        let mut tree = Texts::default();
        tree.set("a", "CREATE TABLE t (x INT);");
        for edited in [Edited::Leave, Edited::Keep, Edited::Regenerate] {
            let once = sync("a.md", &text, &tree, edited).text;
            prop_assert_eq!(&sync("a.md", &once, &tree, edited).text, &once, "{:?}", text);
        }
    }
}
