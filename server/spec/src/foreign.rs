//! Readers of other tools' work artifacts. A reader says first whether a text is its tool's at all: a path alone proves
//! nothing. It reports nothing; what is wrong for the tool that owns a file is the rules' to say.

mod ids;
pub(crate) mod spec_kit;
