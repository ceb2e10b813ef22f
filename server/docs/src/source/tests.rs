//! Tests of sources.

use super::*;

fn resolve(path: &str, text: &str, fragment: &str) -> Resolution {
    let text: Arc<str> = text.into();
    Source::read(path, &text).resolve(&Fragment::parse(fragment, path).unwrap())
}

fn found(path: &str, text: &str, fragment: &str) -> Resolved {
    match resolve(path, text, fragment) {
        Resolution::Found(found) => found,
        other => panic!("{path}#{fragment}: {other:?}"),
    }
}

#[test]
fn what_is_there_is_found_and_what_is_not_is_missing() {
    let rust = "/// Posts.\npub fn post(amount: u32) -> bool {\n    amount > 0\n}\npub struct Ledger { pub open: bool }\nimpl Ledger { pub fn close(&mut self) {} }\n";
    let post = found("a.rs", rust, "post");
    assert_eq!(post.signature, "pub fn post(amount: u32) -> bool");
    assert_eq!(post.names[0].of(rust), "post");
    assert_eq!(found("a.rs", rust, "Ledger::close").signature, "pub fn close(&mut self)");
    assert_eq!(resolve("a.rs", rust, "pots"), Resolution::Missing);
    let broken = "fn a( {\nfn post() {}\n";
    assert_eq!(resolve("a.rs", broken, "a"), Unknown::Broken.into());
    assert_eq!(resolve("a.rs", broken, "gone"), Resolution::Missing);
    assert_eq!(resolve("a.xyz", rust, "post"), Unknown::NoSymbols.into());
}

#[test]
fn a_body_is_not_a_signature() {
    let (a, b) = (found("a.py", "def f(a=1):\n    return a\n", "f"), found("a.py", "def f(a=1):\n    return b\n", "f"));
    assert_eq!(a.facets.get(Facet::Sig), b.facets.get(Facet::Sig));
    assert_ne!(a.facets.get(Facet::Body), b.facets.get(Facet::Body));
    let c = found("a.py", "def f(a=2):\n    '''Says so.'''\n    return a\n", "f");
    assert_ne!(a.facets.get(Facet::Sig), c.facets.get(Facet::Sig));
    assert_ne!(a.facets.get(Facet::Value), c.facets.get(Facet::Value));
    assert_eq!(a.facets.get(Facet::Body), c.facets.get(Facet::Body));
    assert_ne!(a.facets.get(Facet::Doc), c.facets.get(Facet::Doc));
}

#[test]
fn a_class_is_declared_without_its_members() {
    let class =
        |members: &str| found("a.ts", &format!("export class Cart extends Base {{ {members} }}"), "Cart").facets;
    let (a, b) =
        (class("add(line: Line): void {}\n m = 1"), class("add(line: Line): void { x() }\n  private n = 1; m = 1"));
    assert_eq!(
        (a.get(Facet::Sig), a.get(Facet::Value), a.get(Facet::Surface)),
        (b.get(Facet::Sig), b.get(Facet::Value), b.get(Facet::Surface))
    );
    let c = class("add(line: Line, n: number): void {}\n m = 2");
    assert_eq!((a.get(Facet::Sig), a.get(Facet::Surface)), (c.get(Facet::Sig), c.get(Facet::Surface)));
    assert_ne!(a.get(Facet::Value), c.get(Facet::Value), "data of a type is its value");
    assert_ne!(a.get(Facet::Surface), class("remove(line: Line): void {}").get(Facet::Surface));
}

#[test]
fn a_pointer_names_a_place_in_data() {
    let yaml =
        "paths:\n  /entries:\n    post:\n      summary: Posts\n      responses: { '201': { description: Done } }\n";
    let json =
        r#"{"paths": {"/entries": {"post": {"responses": {"201": {"description": "Done"}}, "summary": "Posts"}}}}"#;
    let (a, b) = (found("a.yaml", yaml, "/paths/~1entries/post"), found("a.json", json, "/paths/~1entries/post"));
    assert_eq!(a.facets, b.facets);
    assert_eq!(a.names[0].of(yaml), "post");
    assert!(a.signature.starts_with("POST /entries: "), "{}", a.signature);
    let c = found("a.yaml", &yaml.replace("Posts", "Writes"), "/paths/~1entries/post");
    assert_eq!(a.facets.get(Facet::Sig), c.facets.get(Facet::Sig));
    assert_ne!(a.facets.get(Facet::Doc), c.facets.get(Facet::Doc));
    assert_ne!(a.facets.get(Facet::Value), c.facets.get(Facet::Value));
    assert_eq!(resolve("a.yaml", yaml, "/paths/~1entries/get"), Resolution::Missing);
    assert_eq!(resolve("a.yaml", "a: [1\n", "/a"), Unknown::Broken.into());
}
