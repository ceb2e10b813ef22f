//! Reads `.tollgate/agents/<name>.md`.

use crate::model::Agent;
use crate::read;
use syntax::yaml::Node;
use text::Span;

pub(crate) fn agent(root: &Node, body: Span) -> Agent {
    let nothing = Node::null(0);
    let context = root.get("context").unwrap_or(&nothing);
    let access = root.get("resources").unwrap_or(&nothing);
    Agent {
        name: read::text(root, "name"),
        version: read::text(root, "version"),
        description: read::text(root, "description"),
        category: read::text(root, "category"),
        capabilities: read::list(root, "capabilities"),
        tools: read::list(root, "tools"),
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
    }
}
