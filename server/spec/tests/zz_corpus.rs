//! temp
#[test]
fn corpus() {
    let mut total = 0;
    for entry in walk(std::path::Path::new(&std::env::var("CORPUS").unwrap())) {
        let real = entry.to_string_lossy().into_owned();
        let text = match std::fs::read_to_string(&entry) {
            Ok(t) => t,
            Err(_) => continue,
        };
        let name = real.rsplit('/').next().unwrap();
        let path = if name.contains(".formula.") {
            format!(".beads/formulas/{name}")
        } else if let Some(at) = real.find(".github/workflows/") {
            real[at..].to_owned()
        } else {
            name.to_owned()
        };
        let Some(file) = spec::SpecFile::read(&path, &text) else { continue };
        total += 1;
        let Some(flow) = file.flow() else { continue };
        println!(
            "{path} steps {} inputs {} takes {} parts {}",
            flow.steps.len(),
            flow.inputs.len(),
            flow.steps.iter().map(|s| s.takes.len()).sum::<usize>(),
            flow.parts.len()
        );
        for p in &file.problems {
            let line = text[..p.span.start as usize].lines().count().max(1);
            println!("   {}:{} `{}` {:?}", name, line, p.span.of(&text).lines().next().unwrap_or(""), p.kind);
        }
    }
    println!("total {total}");
}
fn walk(p: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut v = vec![];
    for e in std::fs::read_dir(p).unwrap() {
        let e = e.unwrap().path();
        if e.is_dir() {
            v.extend(walk(&e));
        } else {
            v.push(e);
        }
    }
    v.sort();
    v
}
