//! A server for a few files, in a thread of its own.

use super::{keeper::Keeper, policy, Serving};
use crate::{
    deployment::Deployment,
    output::{note, say},
};
use anyhow::{anyhow, Context as _, Result};
use serde_json::json;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};
use std::{
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};
use tiny_http::{Header, Method, Request, Response, Server};

/// The built page, kept in the repository so that cargo needs no npm: path, type, bytes.
const FILES: &[(&str, &str, &[u8])] = &[
    ("/", "text/html; charset=utf-8", include_bytes!("../../../../apps/web/built/index.html")),
    ("/app.js", "text/javascript", include_bytes!("../../../../apps/web/built/app.js")),
    ("/chain.js", "text/javascript", include_bytes!("../../../../apps/web/built/chain.js")),
    (
        "/development.js",
        "text/javascript",
        include_bytes!("../../../../apps/web/built/development.js"),
    ),
    ("/app.css", "text/css", include_bytes!("../../../../apps/web/built/app.css")),
    ("/sha3.js", "text/javascript", include_bytes!("../../../../apps/web/built/sha3.js")),
    ("/core.wasm", "application/wasm", include_bytes!("../../../../apps/web/built/core.wasm")),
    ("/mark.svg", "image/svg+xml", include_bytes!("../../../../apps/web/built/mark.svg")),
];

/// What never changes while the page is served.
struct Site {
    policy: String,
    node: String,
    /// Where the keeper is, for links to it, and the way to it.
    keeper: Option<(String, Keeper)>,
    deployment: PathBuf,
}

/// The page, served until this is dropped.
pub struct Page {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    url: String,
}

impl Page {
    /// Serves on this machine only.
    ///
    /// # Errors
    /// If the deployment can't be read, an endpoint is no URL, or the port is taken.
    pub fn start(serving: &Serving, node: &str, deployment: &Path) -> Result<Self> {
        // Later, a deployment that is written anew is read anew; now, a wrong one is said.
        Deployment::load(deployment)?;
        let site = Site {
            policy: policy::of(node)?,
            node: node.to_owned(),
            keeper: match &serving.keeper {
                Some(url) => Some((url.clone(), Keeper::new(url)?)),
                None => None,
            },
            deployment: deployment.to_owned(),
        };
        let server = Server::http(("127.0.0.1", serving.port)).map_err(|why| {
            anyhow!(
                "cannot serve on port {}: {why}; --port chooses another, 0 a free one",
                serving.port
            )
        })?;
        let (server, site) = (Arc::new(server), Arc::new(site));
        let address = server.server_addr().to_ip().context("the page has no address")?;
        let thread = std::thread::Builder::new().name("page".into()).spawn({
            let server = Arc::clone(&server);
            move || {
                for request in server.incoming_requests() {
                    take(&site, request);
                }
            }
        })?;
        Ok(Self { server, thread: Some(thread), url: format!("http://{address}/") })
    }

    /// Goes on until Ctrl-C.
    ///
    /// # Errors
    /// If signals can't be listened for.
    pub fn until_stopped(self) -> Result<()> {
        note(&format!("the page stays at {}; Ctrl-C stops it", self.url));
        let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot listen for signals")?;
        signals.forever().next();
        say("stopped")
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Answers a request: at once, but for what a keeper must be asked.
fn take(site: &Arc<Site>, request: Request) {
    let path = request.url().split('?').next().unwrap_or_default();
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    if !(is_read && Keeper::is_asked(path)) {
        return site.answer(request);
    }
    let asked = Arc::clone(site);
    let hand_on = move || asked.hand_on(request);
    // Where no thread can be had the request is dropped, and its connection with it.
    let _ = std::thread::Builder::new().name("page-keeper".into()).spawn(hand_on);
}

impl Site {
    /// Asks the keeper.
    fn hand_on(&self, request: Request) {
        let (status, kind, body) = match &self.keeper {
            Some((_, keeper)) => keeper.answer(request.url()),
            None => (404, "text/plain", b"no keeper was named".to_vec()),
        };
        // Who has gone away meanwhile needs no answer.
        let _ = request.respond(self.response(status, kind, body));
    }

    fn answer(&self, request: Request) {
        let path = request.url().split('?').next().unwrap_or_default();
        let response = match (request.method(), path) {
            (Method::Get | Method::Head, "/deployment.json") => match self.deployment_json() {
                Ok(text) => self.response(200, "application/json", text.into_bytes()),
                Err(why) => self.response(503, "text/plain", format!("{why:#}").into_bytes()),
            },
            (Method::Get | Method::Head, path) => match FILES.iter().find(|(at, ..)| *at == path) {
                Some((_, kind, bytes)) => self.response(200, kind, bytes.to_vec()),
                None => self.response(404, "text/plain", b"there is no such file".to_vec()),
            },
            _ => self.response(405, "text/plain", b"only to be read".to_vec()),
        };
        // Who has gone away meanwhile needs no answer.
        let _ = request.respond(response);
    }

    fn response(&self, status: u16, kind: &str, body: Vec<u8>) -> Response<Cursor<Vec<u8>>> {
        let fields = [
            ("Content-Type", kind),
            ("Content-Security-Policy", &self.policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-cache"),
        ];
        let headers = fields
            .iter()
            .filter_map(|(name, value)| Header::from_bytes(name.as_bytes(), value.as_bytes()).ok());
        headers.fold(Response::from_data(body).with_status_code(status), Response::with_header)
    }

    /// The deployment as the page's client wants it, read anew each time: `breakwater deploy` may have
    /// changed it.
    fn deployment_json(&self) -> Result<String> {
        let on = Deployment::load(&self.deployment)?;
        let assets: Vec<_> = on
            .assets
            .iter()
            .map(|asset| {
                json!({ "symbol": asset.symbol, "token": asset.token, "decimals": asset.decimals, "id": asset.id })
            })
            .collect();
        let pools: Vec<_> = on
            .pools
            .iter()
            .map(|pool| json!({ "base": pool.base, "quote": pool.quote, "address": pool.address }))
            .collect();
        let deployment = json!({
            "genesis": on.genesis, "market": on.market, "lens": on.lens, "oracle": on.oracle,
            "governor": on.governor, "taker": on.taker, "assets": assets, "pools": pools,
        });
        let all = json!({ "node": self.node, "keeper": self.keeper.as_ref().map(|(url, _)| url), "deployment": deployment });
        Ok(serde_json::to_string(&all)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_built_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../apps/web/built");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = if name == "index.html" { "/".into() } else { format!("/{name}") };
            assert!(FILES.iter().any(|(at, ..)| *at == path), "{name}");
        }
    }
}
