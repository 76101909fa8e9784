//! Pages with parts that the code writes: what stands between `<!-- NAME -->` and `<!-- end -->`.
//!
//! A test holds such a part against the code with [`Page::hold`]; the same test writes it where
//! `BREAKWATER_WRITE_DOCS` is set.

use std::{env, fs, io, path::PathBuf};

const END: &str = "<!-- end -->";
const WRITE: &str = "BREAKWATER_WRITE_DOCS";

/// A page of this repository.
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// `docs/FILE`.
    pub fn of_docs(file: &str) -> io::Result<Self> {
        Self::read(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).join(file))
    }

    /// Any file with marks.
    pub fn read(path: PathBuf) -> io::Result<Self> {
        let text = fs::read_to_string(&path)?;
        Ok(Self { path, text })
    }

    /// What stands between the marks of `name`, without the line of the first.
    ///
    /// # Errors
    /// The page has no such mark, or several, or none that ends it.
    pub fn part(&self, name: &str) -> Result<&str, NoSuchPart> {
        let (start, end) = self.bounds(name)?;
        Ok(&self.text[start..end])
    }

    /// Puts `new` there.
    ///
    /// # Errors
    /// As [`Page::part`].
    pub fn replace(&mut self, name: &str, new: &str) -> Result<(), NoSuchPart> {
        let (start, end) = self.bounds(name)?;
        self.text.replace_range(start..end, new);
        Ok(())
    }

    /// Writes the page back.
    pub fn save(&self) -> io::Result<()> {
        fs::write(&self.path, &self.text)
    }

    /// For tests: part `name` is `table`, or is written if the variable asks for that.
    ///
    /// # Panics
    /// The page says something else, or can't be written.
    pub fn hold(&mut self, name: &str, table: &str) {
        if env::var_os(WRITE).is_some() {
            self.replace(name, table).unwrap_or_else(|error| panic!("{error}"));
            self.save().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
            return;
        }
        let stands = self.part(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(stands, table, "{}: {WRITE}=1 writes it", self.path.display());
    }

    fn bounds(&self, name: &str) -> Result<(usize, usize), NoSuchPart> {
        let missing = |why| NoSuchPart { page: self.path.clone(), name: name.to_owned(), why };
        let mark = format!("<!-- {name} -->\n");
        let mut found = self.text.match_indices(&mark);
        let (at, _) = found.next().ok_or_else(|| missing("is not there"))?;
        if found.next().is_some() {
            return Err(missing("is there twice"));
        }
        let start = at + mark.len();
        let length = self.text[start..].find(END).ok_or_else(|| missing("has no end"))?;
        Ok((start, start + length))
    }
}

/// A mark that isn't as it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct NoSuchPart {
    page: PathBuf,
    name: String,
    why: &'static str,
}

impl std::fmt::Display for NoSuchPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: the mark <!-- {} --> {}", self.page.display(), self.name, self.why)
    }
}

impl std::error::Error for NoSuchPart {}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page { path: "page.md".into(), text: text.to_owned() }
    }

    #[test]
    fn a_part_is_replaced_and_nothing_else() {
        let mut page = page("a\n<!-- t -->\nold\n<!-- end -->\nb <!-- u -->\n<!-- end -->\n");
        assert_eq!(page.part("t"), Ok("old\n"));
        page.replace("t", "new\nlines\n").expect("a part");
        assert_eq!(
            page.text,
            "a\n<!-- t -->\nnew\nlines\n<!-- end -->\nb <!-- u -->\n<!-- end -->\n"
        );
    }

    #[test]
    fn marks_that_are_missing_or_twice_are_named() {
        let says = |text: &str| page(text).part("t").expect_err("no part").to_string();
        assert_eq!(says("nothing"), "page.md: the mark <!-- t --> is not there");
        assert_eq!(says("<!-- t -->\nold\n"), "page.md: the mark <!-- t --> has no end");
        assert_eq!(
            says("<!-- t -->\n<!-- end -->\n<!-- t -->\n<!-- end -->\n"),
            "page.md: the mark <!-- t --> is there twice"
        );
    }

    #[test]
    #[should_panic(expected = "BREAKWATER_WRITE_DOCS=1 writes it")]
    fn a_page_that_says_something_else_is_not_held() {
        page("<!-- t -->\nold\n<!-- end -->\n").hold("t", "new\n");
    }
}
