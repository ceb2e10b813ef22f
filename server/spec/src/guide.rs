//! What hosts tell their agents beside the agent files themselves: skills, commands, prompts, steering. Read for their
//! names, so that a workflow leads to the agent and the agent to its skills; never linted.

use crate::foreign::System;
use crate::project::{Content, SpecFile};
use text::{Span, Spanned};

/// A skill, a command, a prompt or a rule of a host.
#[derive(Clone, PartialEq, Debug)]
pub struct Guide {
    /// Whose it is.
    pub system: System,
    /// What it is.
    pub kind: GuideKind,
    /// Its name; the token it stands in, or the start of the text where the path says it.
    pub name: Spanned<String>,
    /// Its description, on one line and cut.
    pub description: Option<Spanned<String>>,
    /// The agent that it starts.
    pub agent: Option<Spanned<String>>,
    /// The model that it pins.
    pub model: Option<Spanned<String>>,
    /// Skills that it takes along.
    pub skills: Vec<Spanned<String>>,
    /// Agents that it hands over to.
    pub leads_to: Vec<Spanned<String>>,
    /// Tools that it allows.
    pub tools: Vec<Spanned<String>>,
    /// The text below its front matter.
    pub body: Span,
}

/// Kinds of guides.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GuideKind {
    /// `SKILL.md`.
    Skill,
    /// A command that a person types: `/name`.
    Command,
    /// Always or sometimes in view: rules, steering, instructions.
    Rule,
}

impl GuideKind {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            GuideKind::Skill => "skill",
            GuideKind::Command => "command",
            GuideKind::Rule => "rule",
        }
    }
}

impl SpecFile {
    /// The guide that the file is, if it is one.
    pub fn guide(&self) -> Option<&Guide> {
        match &self.content {
            Content::Guide(guide) => Some(guide),
            _ => None,
        }
    }
}
