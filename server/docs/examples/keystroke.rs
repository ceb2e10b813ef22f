//! What one keystroke in an open source costs: `keystroke FILE [EDITS]`.
//!
//! Letters are typed and taken back at places all over the file; after each, the source is read again and 20 of its symbols are
//! resolved, as a document does that speaks of them. Prints milliseconds.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a tool of the measurements")]

use docs::source::Source;
use docs::target::Fragment;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let mut words = std::env::args().skip(1);
    let path = words.next().unwrap();
    let edits: usize = words.next().map_or(400, |count| count.parse().unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    let whole: Arc<str> = text.as_str().into();
    drop(Source::read(&path, &whole));
    let start = Instant::now();
    let mut source = Source::read(&path, &whole);
    let opened = start.elapsed();
    let symbols = source.symbols();
    let step = symbols.len() / 20 + 1;
    let fragments: Vec<Fragment> =
        symbols.iter().step_by(step).map(|symbol| Fragment::Symbol(symbol.path.as_str().into())).collect();
    println!("{path}: {} bytes, {} lines, {} symbols", text.len(), text.lines().count(), symbols.len());
    let (mut read, mut resolved) = (Vec::new(), Vec::new());
    for edit in 0..edits {
        let mut at = edit.wrapping_mul(7_919_777) % text.len();
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let mut typed = text.clone();
        typed.insert_str(at, ["x", " ", "(", ";"][edit % 4]);
        for text in [typed.as_str().into(), whole.clone()] {
            let start = Instant::now();
            source = source.reread(&path, &text);
            read.push(start.elapsed().as_secs_f64() * 1000.0);
            let start = Instant::now();
            for fragment in &fragments {
                drop(source.resolve(fragment));
            }
            resolved.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    println!("read whole  {:6.2}", opened.as_secs_f64() * 1000.0);
    for (name, mut times) in [("read again", read), ("resolve 20", resolved)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{name}  p50 {:6.2}  p99 {:6.2}  max {:6.2}", at(0.5), at(0.99), at(1.0));
    }
}
