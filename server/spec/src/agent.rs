//! Reads `.tollgate/agents/<name>.md`.

use crate::model::{Agent, Sense};
use crate::{read, tools};
use std::hash::{DefaultHasher, Hash, Hasher};
use syntax::yaml::Node;
use text::Span;

pub(crate) fn agent(text: &str, root: &Node, body: Span) -> Agent {
    let nothing = Node::null(0);
    let context = root.get("context").unwrap_or(&nothing);
    let access = root.get("resources").unwrap_or(&nothing);
    let mut agent = Agent {
        name: read::text(root, "name"),
        version: read::text(root, "version"),
        description: read::text(root, "description"),
        category: read::text(root, "category"),
        capabilities: read::list(root, "capabilities"),
        tools: read::list(root, "tools"),
        disallowed_tools: read::list(root, "disallowedTools"),
        skills: read::list(root, "skills"),
        settings: read::settings(root),
        context_requires: read::list(context, "requires"),
        context_max_tokens: read::integer(context, "max_tokens"),
        read: read::list(access, "read"),
        write: access.get("write").filter(|node| !node.is_null()).map(read::words),
        exec: read::list(access, "exec"),
        network: read::text(access, "network"),
        independent_of: read::list(root, "independent_of"),
        escalation: read::escalation(root),
        extends: read::text(root, "extends"),
        body,
        ..Agent::default()
    };
    agent.sense = sense(text, &agent);
    agent
}

/// What the agent says. White space does not matter, nor do a host's names for tools.
pub(crate) fn sense(text: &str, agent: &Agent) -> Sense {
    let description = agent.description.as_ref().map_or("", |words| &words.value);
    let names = agent.tools.iter().map(|tool| tool.value.as_str());
    Sense {
        description: words(description),
        body: words(&crate::suppression::told(text, agent.body)),
        tools: if agent.tools.is_empty() { None } else { tools::set(names) },
    }
}

pub(crate) fn words(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.split_whitespace().for_each(|word| word.hash(&mut hasher));
    hasher.finish()
}
