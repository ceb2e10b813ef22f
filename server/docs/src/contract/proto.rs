//! Protocol Buffers: what was encoded or called by the base must still mean the same.

use super::Change;
use crate::proto::{self, Enumeration, Field, File, Label, Message, Service};
use text::Span;

pub(super) fn changes(path: &str, before: &str, after: &str) -> Vec<Change> {
    let (old, new) = (proto::read(before), proto::read(after));
    let mut judge = Judge { path, old: &old, new: &new, found: Vec::new() };
    judge.file(after);
    judge.found
}

struct Judge<'a> {
    path: &'a str,
    old: &'a File,
    new: &'a File,
    found: Vec<Change>,
}

impl Judge<'_> {
    fn say(&mut self, breaking: bool, span: Span, words: String) {
        self.found.push(Change { file: self.path.to_owned(), span, breaking, words });
    }

    /// A full name without the package, which may have changed.
    fn bare<'n>(file: &File, name: &'n str) -> &'n str {
        let rest = name.strip_prefix(&*file.package).filter(|_| !file.package.is_empty());
        rest.and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
    }

    fn file(&mut self, after: &str) {
        let first = Span::new(0, after.lines().next().map_or(0, str::len));
        let (old, new) = (self.old, self.new);
        if old.package != new.package {
            let words = format!("the package is `{}` instead of `{}`", new.package, old.package);
            self.say(true, first, words);
        }
        for message in &old.messages {
            let name = Self::bare(old, &message.name.value);
            match new.messages.iter().find(|other| Self::bare(new, &other.name.value) == name) {
                Some(other) => self.message(name, message, other),
                None => self.say(true, first, format!("message `{name}` is gone")),
            }
        }
        for enumeration in &old.enums {
            let name = Self::bare(old, &enumeration.name.value);
            match new.enums.iter().find(|other| Self::bare(new, &other.name.value) == name) {
                Some(other) => self.enumeration(name, enumeration, other),
                None => self.say(true, first, format!("enumeration `{name}` is gone")),
            }
        }
        for service in &old.services {
            let name = Self::bare(old, &service.name.value);
            match new.services.iter().find(|other| Self::bare(new, &other.name.value) == name) {
                Some(other) => self.service(name, service, other),
                None => self.say(true, first, format!("service `{name}` is gone")),
            }
        }
        for message in &new.messages {
            let name = Self::bare(new, &message.name.value);
            if !old.messages.iter().any(|other| Self::bare(old, &other.name.value) == name) {
                self.say(false, message.name.span, format!("message `{name}` is new"));
            }
        }
        for service in &new.services {
            let name = Self::bare(new, &service.name.value);
            if !old.services.iter().any(|other| Self::bare(old, &other.name.value) == name) {
                self.say(false, service.name.span, format!("service `{name}` is new"));
            }
        }
    }

    fn message(&mut self, name: &str, old: &Message, new: &Message) {
        for field in &old.fields {
            let number = field.number.value;
            let own = &field.name.value;
            match new.fields.iter().find(|other| other.number.value == number) {
                Some(other) => self.field(name, (old, field), (new, other)),
                None => {
                    if let Some(moved) = new.fields.iter().find(|other| other.name.value == *own) {
                        let words = format!("`{name}.{own}` has number {} instead of {number}", moved.number.value);
                        self.say(true, moved.number.span, words);
                    } else if new.reserved.has_number(number) {
                        self.say(
                            false,
                            new.name.span,
                            format!("`{name}.{own}` is gone, and number {number} is reserved"),
                        );
                    } else {
                        let words = format!("`{name}.{own}` is gone, and number {number} is not reserved");
                        self.say(true, new.name.span, words);
                    }
                }
            }
        }
        for field in &new.fields {
            let number = field.number.value;
            if old.fields.iter().any(|other| other.number.value == number) {
                continue;
            }
            let own = &field.name.value;
            if old.fields.iter().any(|other| other.name.value == *own) {
                continue; // said already: it has another number
            }
            if old.reserved.has_number(number) {
                let words = format!("`{name}.{own}` takes number {number}, which was reserved");
                self.say(true, field.number.span, words);
            } else if old.reserved.has_name(own) {
                self.say(true, field.name.span, format!("`{name}.{own}` takes a name that was reserved"));
            } else if field.label == Label::Required {
                self.say(true, field.name.span, format!("`{name}.{own}` is new and required"));
            } else {
                self.say(false, field.name.span, format!("`{name}.{own}` is new"));
            }
        }
    }

    fn field(&mut self, name: &str, (of_old, old): (&Message, &Field), (of_new, new): (&Message, &Field)) {
        let own = &new.name.value;
        let number = new.number.value;
        let was = self.kind(self.old, of_old, old);
        let is = self.kind(self.new, of_new, new);
        if old.name.value != *own {
            let words = if was == is {
                format!("`{name}.{}` is called `{own}`: JSON and generated code break", old.name.value)
            } else {
                format!("number {number} of `{name}` is `{own}` instead of `{}`: it was used again", old.name.value)
            };
            self.say(true, new.name.span, words);
        }
        if was != is && old.name.value == *own {
            self.say(true, new.kind.span, format!("`{name}.{own}` is `{is}` instead of `{was}`"));
        }
        let many = |label: Label| label == Label::Repeated;
        if many(old.label) != many(new.label) {
            let how = if many(new.label) { "repeated now" } else { "no longer repeated" };
            self.say(true, new.kind.span, format!("`{name}.{own}` is {how}"));
        }
        let required = |label: Label| label == Label::Required;
        if required(old.label) != required(new.label) {
            let how = if required(new.label) { "required now" } else { "no longer required" };
            self.say(true, new.name.span, format!("`{name}.{own}` is {how}"));
        }
        if old.one_of != new.one_of {
            let alone = new.one_of.as_ref().is_some_and(|own| {
                old.one_of.is_none()
                    && !of_old.fields.iter().any(|field| field.one_of.as_ref() == Some(own))
                    && of_new.fields.iter().filter(|field| field.one_of.as_ref() == Some(own)).count() == 1
            });
            let words = match &new.one_of {
                Some(one_of) => format!("`{name}.{own}` is part of `oneof {one_of}`"),
                None => format!("`{name}.{own}` is no longer part of a `oneof`"),
            };
            self.say(!alone, new.name.span, words);
        }
    }

    /// The type of a field, its names in full but for the package.
    fn kind(&self, file: &File, message: &Message, field: &Field) -> String {
        let names = || {
            file.messages
                .iter()
                .map(|message| &*message.name.value)
                .chain(file.enums.iter().map(|own| &*own.name.value))
        };
        let full = |kind: &str| {
            let full = proto::resolve(kind.trim(), &message.name.value, names().collect::<Vec<_>>().into_iter());
            Self::bare(file, &full).to_owned()
        };
        match field.kind.value.strip_prefix("map<").and_then(|inner| inner.strip_suffix('>')) {
            Some(inner) => {
                let (key, value) = inner.split_once(',').unwrap_or((inner, ""));
                format!("map<{}, {}>", full(key), full(value))
            }
            None => full(&field.kind.value),
        }
    }

    fn enumeration(&mut self, name: &str, old: &Enumeration, new: &Enumeration) {
        for (value, number) in &old.values {
            let number = number.value;
            let mut same = new.values.iter().filter(|(_, other)| other.value == number);
            if same.clone().any(|(other, _)| other.value == value.value) {
                continue;
            }
            let own = &value.value;
            if let Some((_, other)) = new.values.iter().find(|(other, _)| other.value == *own) {
                let words = format!("`{name}.{own}` is {} instead of {number}", other.value);
                self.say(true, other.span, words);
            } else if let Some((other, _)) = same.next() {
                self.say(true, other.span, format!("{number} of `{name}` is `{}` instead of `{own}`", other.value));
            } else if new.reserved.has_number(number) {
                self.say(false, new.name.span, format!("`{name}.{own}` is gone, and {number} is reserved"));
            } else {
                self.say(true, new.name.span, format!("`{name}.{own}` is gone, and {number} is not reserved"));
            }
        }
        for (value, number) in &new.values {
            if old.values.iter().any(|(other, of)| other.value == value.value || of.value == number.value) {
                continue;
            }
            let was = old.reserved.has_number(number.value);
            let words = if was { "takes a number that was reserved" } else { "is new" };
            self.say(was, value.span, format!("`{name}.{}` {words}", value.value));
        }
    }

    fn service(&mut self, name: &str, old: &Service, new: &Service) {
        for method in &old.methods {
            let own = &method.name.value;
            let Some(other) = new.methods.iter().find(|other| other.name.value == *own) else {
                self.say(true, new.name.span, format!("`{name}.{own}` is gone"));
                continue;
            };
            for (verb, was, is) in
                [("takes", &method.takes, &other.takes), ("answers with", &method.answers, &other.answers)]
            {
                let full = |file: &File, service: &Service, kind: &str| {
                    let names: Vec<&str> = file.messages.iter().map(|message| &*message.name.value).collect();
                    Self::bare(file, &proto::resolve(kind, &service.name.value, names.into_iter())).to_owned()
                };
                let (kind_was, kind_is) = (full(self.old, old, &was.0.value), full(self.new, new, &is.0.value));
                if kind_was != kind_is {
                    self.say(true, is.0.span, format!("`{name}.{own}` {verb} `{kind_is}` instead of `{kind_was}`"));
                }
                if was.1 != is.1 {
                    let how = if is.1 { "a stream now" } else { "no stream any more" };
                    self.say(true, is.0.span, format!("`{name}.{own}` {verb} {how}"));
                }
            }
        }
        for method in &new.methods {
            if !old.methods.iter().any(|other| other.name.value == method.name.value) {
                self.say(false, method.name.span, format!("`{name}.{}` is new", method.name.value));
            }
        }
    }
}
