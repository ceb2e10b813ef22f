//! Documents as people write them: the text, and what is read from it.

use super::*;

/// Anchors as `section <- target [facets]`, then problems as `at: words`.
fn read(text: &str) -> Vec<String> {
    let document = Document::read("docs/ledger.md", text);
    let anchors = document.anchors.iter().map(|anchor| {
        assert!(!anchor.span.is_empty() && text.get(anchor.span.range()).is_some());
        let facets: Vec<&str> = anchor.facets.iter().map(|facet| facet.name()).collect();
        format!("{}<- {} [{}]", anchor.section, anchor.target, facets.join(" "))
    });
    let problems = document.problems.iter().map(|problem| format!("{}: {}", problem.span.of(text), problem.kind));
    anchors.chain(problems).collect()
}

#[test]
fn bindings_of_all_three_kinds() {
    let text = "---\ntitle: Ledger\nkind: api\ndocuments:\n  - src/api.rs#LedgerApi\n  - { target: \"src/post.rs#post\", facet: [sig, body] }\n  - openapi/l.yaml#/paths/~1entries/post\n  - migrations/*.sql#table:ledger.entry\n  - src/ledger/**\n---\n# Ledger\n\n## Posting <!-- documents: src/post.rs#Posting -->\nSee [`Posting`](../src/post.rs#Posting) and [it](../src/x.rs), [p](other.md#a), [l](../src/x.rs#L10).\n\n### More\n[x](../src/x.rs#X.y)\n";
    assert_eq!(
        read(text),
        [
            "<- src/api.rs#LedgerApi [sig doc]",
            "<- src/post.rs#post [sig body]",
            "<- openapi/l.yaml#/paths/~1entries/post [sig doc]",
            "<- migrations/*.sql#table:ledger.entry [sig doc]",
            "<- src/ledger/** [surface]",
            "posting<- src/post.rs#Posting [sig doc]",
            "more<- src/x.rs#X.y [sig doc]",
        ]
    );
    let document = Document::read("docs/ledger.md", text);
    assert_eq!(document.title.map(|title| title.value).as_deref(), Some("Ledger"));
    let titles: Vec<_> = document.sections.iter().map(|section| (&*section.slug, section.title.as_str())).collect();
    assert_eq!(titles, [("", ""), ("ledger", "Ledger"), ("posting", "Posting"), ("more", "More")]);
}

#[test]
fn a_data_model_is_compared_by_value() {
    assert_eq!(read("---\nkind: data-model\ndocuments: src/a.rs#A\n---\n"), ["<- src/a.rs#A [value]"]);
}

#[test]
fn nothing_in_code_binds() {
    assert_eq!(
        read(
            "# A\n```md\n<!-- documents: a.rs#A -->\n[x](a.rs#A)\n```\n`<!-- documents: a.rs#A -->`\n\n    [x](a.rs#A)\n"
        ),
        [""; 0]
    );
}

#[test]
fn a_comment_may_bind_several() {
    assert_eq!(
        read(
            "# A\n<!-- documents: a.rs#A, b.rs#B -->\n<!--\ndocuments:\n  - c.rs#C\n  - {target: d.rs#D, facet: doc}\n-->\n"
        ),
        ["a<- a.rs#A [sig doc]", "a<- b.rs#B [sig doc]", "a<- c.rs#C [sig doc]", "a<- d.rs#D [doc]"]
    );
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    assert_eq!(
        read(
            "---\nkind: apii\ndocuments:\n  - src/a.rs#L3\n  - {target: b.rs#B, facet: [sgi]}\n  - {facet: sig}\n  - {target: \"src/**\", facet: sig}\n  - b.rs#B\nrelations:\n  - {to: x.md, role: upstrem, pattern: OHS}\n---\n"
        ),
        [
            "<- b.rs#B [sig doc]",
            "apii: `apii` is no kind of document; did you mean `api`?",
            "src/a.rs#L3: line numbers are no anchor: they move with every edit; name the symbol",
            "sgi: `sgi` is no facet; did you mean `sig`?",
            "{facet: sig}: a binding needs a `target`: path#Symbol",
            "src/**: a glob can only be bound to `surface`: which public symbols there are",
            "b.rs#B: this section is bound to it already",
            "upstrem: `upstrem` is no role; did you mean `upstream`?",
        ]
    );
    assert_eq!(read("---\nkind: blog\n---\ntext"), [""; 0], "not ours to judge");
    let half = read("---\ndocuments:\n  - a.rs#A\n  - {target: b.rs#B\n---\n");
    assert!(
        half.contains(&"<- a.rs#A [sig doc]".to_owned()) && half.last().unwrap().contains("not valid YAML"),
        "{half:?}"
    );
}

#[test]
fn other_tools_bindings_are_read() {
    assert_eq!(
        read(
            "---\ndrift:\n  files:\n    - src/main.zig@vyzomlkz\n    - src/p.ts#Config@sig:00ff\n---\n# A\nuses @./src/q.ts#Query@qpvuntsm for it, and @./src/r.ts.\n"
        ),
        [
            "<- src/main.zig [sig doc]",
            "<- src/p.ts#Config [sig doc]",
            "a<- src/q.ts#Query [sig doc]",
            "a<- src/r.ts [sig doc]"
        ]
    );
    assert_eq!(read("<!-- drift:\n  files:\n    - src/a.rs@x1\n-->\n# A\n"), ["<- src/a.rs [sig doc]"]);
    assert_eq!(read("# A\nmail @./src/q.ts#Query\n"), [""; 0], "only where drift is used");
    assert_eq!(
        read(
            "# R\n\n**Relations:**\n\n- Type: File\n  Path: src/a.c\n  Element: function\n  ID: start\n  Hash: 12\n- Type: Parent\n  ID: REQ-1\n- Type: File, Path: `src/b.c`\n\n## S\n- Path: no\n"
        ),
        ["r<- src/a.c#start [sig doc]", "r<- src/b.c [sig doc]"]
    );
}

#[test]
fn history_is_known() {
    let history = |path: &str, text: &str| Document::read(path, text).is_history();
    assert!(history("docs/adr/0001-x.md", "") && history("CHANGELOG.md", "") && history("docs/release-notes/1.md", ""));
    assert!(history("a.md", "---\nstatus: superseded by x\n---\n") && history("a.md", "---\nkind: adr\n---\n"));
    assert!(!history("docs/ledger.md", "---\nstatus: accepted\n---\n") && !history("docs/history-of-art.md", ""));
}

#[test]
fn what_a_section_says_is_known_whatever_its_layout() {
    let print = |text: &str, slug: &str| {
        let document = Document::read("a.md", text);
        document.print(text, document.section(slug).unwrap())
    };
    let text = "# A\none two\n<!-- generated: api a.rs -->\nx\n<!-- /generated sum:t1:00 -->\nthree\n## B\nfour\n";
    let laid_out = "# A\n\none\ntwo <!-- documents: a.rs#A -->\n<!-- generated: api a.rs -->\ny\n\n<!-- /generated sum:t1:11 -->\n\nthree\n## B\n\nfour";
    for slug in ["", "a", "b"] {
        assert_eq!(print(text, slug), print(laid_out, slug), "{slug}");
    }
    let other = text.replace("four", "five");
    assert_ne!(print(text, "a"), print(&other, "a"), "a section holds those below it");
    assert_eq!(print(text, "b"), print(&text.replace("three", "3"), "b"));
}

#[test]
fn the_configuration_knows_the_same_words_and_says_what_a_document_does_not() {
    let words = |known: &[spec::schema::Word]| known.iter().map(|word| word.word).collect::<Vec<_>>();
    assert_eq!(words(spec::schema::DOCUMENT_KINDS), Kind::NAMES.map(|(name, _)| name));
    assert_eq!(words(spec::schema::FACETS), Facet::ALL.map(Facet::name));
    let text = "docs:\n  - {path: \"docs/**\", kind: data-model, owner: team}\n  - {path: docs/b.md, facet: [body]}\n";
    let file = spec::SpecFile::read(".tollgate/config.yaml", text).unwrap();
    let spec::Content::Config(config) = &file.content else { panic!() };
    let read = |path: &str, text: &str| {
        let document = Document::read_with(path, text, &Defaults::of(config, path));
        let facets = document.anchors.iter().flat_map(|anchor| anchor.facets.iter().map(|facet| facet.name()));
        (document.kind, facets.collect::<Vec<_>>(), document.owner.map(|owner| owner.value))
    };
    let bound = "[x](../a.rs#A)";
    assert_eq!(read("docs/a.md", bound), (Kind::DataModel, vec!["value"], Some("team".to_owned())));
    assert_eq!(read("docs/b.md", bound).1, ["body"]);
    let own = "---\nkind: api\nowner: us\ndocuments: [{target: a.rs#A, facet: sig}]\n---\n";
    assert_eq!(read("docs/b.md", own), (Kind::Api, vec!["sig"], Some("us".to_owned())));
    assert_eq!(read("x.md", "[x](a.rs#A)"), (Kind::Other, vec!["sig", "doc"], None));
}

#[test]
fn relations_name_documents() {
    let text = "---\nkind: bounded-context\nrelations:\n  - { to: ../billing/CONTEXT.md, role: upstream, pattern: OHS }\n---\n";
    let document = Document::read("contexts/ledger/CONTEXT.md", text);
    assert_eq!(document.relations[0].path.as_deref(), Some("contexts/billing/CONTEXT.md"));
    assert_eq!(document.problems, []);
}

#[test]
fn a_quick_look_misses_no_binding() {
    for text in [
        "---\ndocuments: [a.rs]\n---\n",
        "[x](../src/a.rs#A)",
        "[x](../src/a%20b.rs#A.b)",
        "---\ndrift:\n  files: [a]\n---\n",
        "Relations:\n- Type: File\n  Path: a.c\n",
        "```ts mirror=a.ts#A\n```",
        "<!-- generated: api a.rs -->",
    ] {
        assert!(may_bind(text), "{text}");
    }
    for text in ["# Title\n[x](y.md#z) `a.rs`", "see [docs](https://example.org/x#y)", "issue #12", "[a](a.rs) #12"] {
        assert!(!may_bind(text), "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(500))]
    #[test]
    fn nothing_panics(parts in proptest::collection::vec(proptest::sample::select(vec![
        "---\n", "documents:\n", "  - a.rs#A\n", "  - {target: é.rs#B, facet: [", "<!-- documents: ", "-->", "# É <!--", "drift:\n  files:\n",
        "  - x@", "@./é", "[x](a.rs#A)", "Relations:\n", "- Type: File, Path: ", "\n", "\r\n", "`", "```\n", "relations:\n  - {to: x.md}\n", "é",
    ]), 0..12)) {
        let text = parts.concat();
        let document = Document::read("d/x.md", &text);
        for anchor in &document.anchors {
            assert!(text.get(anchor.span.range()).is_some());
        }
        if !document.anchors.is_empty() {
            assert!(may_bind(&text), "{text}");
        }
    }
}
