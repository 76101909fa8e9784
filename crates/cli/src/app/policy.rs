//! What the page's browser is told to allow.

use anyhow::{ensure, Result};

/// The page's policy: its own scripts and styles, WebAssembly, the node; nothing else from anywhere, no inline
/// code, no text that becomes code. A keeper is asked by the page's own server.
///
/// # Errors
/// If an endpoint is no URL that a policy can name.
pub fn of(node: &str) -> Result<String> {
    let node = origin(node, &["ws", "wss"])?;
    Ok(format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; connect-src 'self' {node}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ))
}

/// Scheme, host and port of a URL. What else is in it could end the directive and begin another.
pub(super) fn origin(url: &str, schemes: &[&str]) -> Result<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    ensure!(schemes.contains(&scheme), "{url} is no {} URL", schemes.join(" or "));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    ensure!(!host.is_empty() && host.chars().all(allowed), "{url} names no host");
    Ok(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_node_and_nothing_else() {
        let policy = of("ws://127.0.0.1:9944").unwrap();
        assert!(policy.contains("connect-src 'self' ws://127.0.0.1:9944;"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        let with_path = of("wss://node.example/path").unwrap();
        assert!(with_path.contains("connect-src 'self' wss://node.example;"), "{with_path}");
    }

    #[test]
    fn an_endpoint_can_not_widen_the_policy() {
        for url in ["ws://a; script-src *", "http://a", "ws://", "ws://a 'unsafe-inline'", "ws://*"]
        {
            assert!(of(url).is_err(), "{url}");
        }
    }
}
