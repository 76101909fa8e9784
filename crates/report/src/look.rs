//! What all reports share: the page around them, in the look of the app, and figures in it.

use maud::{html as markup, Markup, PreEscaped, DOCTYPE};

/// Colours are those of `apps/web/src/styles/base.css`.
const STYLE: &str = include_str!("look.css");
/// Offers to save pictures and tables; without it the page is whole too.
const SCRIPT: &str = include_str!("look.js");
/// The app's mark.
const MARK: &str = r#"<svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true"><path d="M2 17c2.2 0 2.2-2 4.4-2s2.2 2 4.4 2" stroke="currentColor" stroke-width="2" stroke-linecap="round"/><path d="M2 11.5c2.2 0 2.2-3.4 4.4-3.4s2.2 3.4 4.4 3.4" stroke="currentColor" stroke-width="2" stroke-linecap="round" opacity=".55"/><path d="M13.5 20 16 5h3l2.5 15z" fill="currentColor"/></svg>"#;

/// A page that needs nothing from elsewhere.
pub fn page(title: &str, body: &Markup, footer: &Markup) -> String {
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div.brand { (PreEscaped(MARK)) span { "Breakwater" } }
                main {
                    h1 { (title) }
                    (body)
                    footer { (footer) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// A plot with a heading and what it shows.
pub fn figure(title: &str, text: &str, svg: String) -> Markup {
    markup! {
        section {
            h2 { (title) }
            p { (text) }
            figure { (PreEscaped(svg)) }
        }
    }
}

/// A table that scrolls by itself where there is no room for it, by keyboard too.
pub fn wide(says: &str, table: &Markup) -> Markup {
    markup! {
        div.wide tabindex="0" role="region" aria-label=(says) { (table) }
    }
}
