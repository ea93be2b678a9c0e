//! What people type, what it reads as, and what is refused.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::watch::query::Query;
use crate::watch::query::QueryError;
use crate::watch::query::QueryFault;
use crate::watch::syntax::Aliases;

fn aliases() -> Aliases {
    let forms = ["Putin", "Путин", "Vladimir Putin", "U-crai-na"]
        .map(str::to_owned)
        .to_vec();
    BTreeMap::from([("putin".to_owned(), forms), ("empty".to_owned(), Vec::new())])
}

fn read(text: &str) -> Result<Query, QueryError> {
    Query::parse(text, &aliases())
}

fn reads_as(text: &str, expected: &str) {
    let query = read(text).unwrap();
    assert_eq!(query.to_string(), expected, "{text:?}");
    assert_eq!(read(expected).unwrap(), query, "{text:?}");
    assert_eq!(query.text(), text);
}

fn fails(text: &str, column: usize, part: &str) {
    let error = read(text).unwrap_err();
    assert!(error.message.contains(part), "{text:?}: {error:?}");
    assert_eq!(error.column, column, "{text:?}: {error:?}");
}

#[test]
fn operators_bind_not_near_and_or() {
    reads_as("Trump OR Putin Zelensky", "Trump OR (Putin AND Zelensky)");
    reads_as(
        "Putin AND (Trump OR Zelensky) -olahraga",
        "Putin AND (Trump OR Zelensky) AND NOT olahraga",
    );
    reads_as("a | b & c", "a OR (b AND c)");
    reads_as("a || b && !c", "a OR (b AND NOT c)");
    reads_as("a –b −c", "a AND NOT b AND NOT c");
    reads_as("a NEAR/3 b c", "a NEAR/3 b AND c");
    reads_as("a ONEAR b NEAR/50 c", "(a ONEAR/5 b) NEAR/50 c");
    reads_as("a NOT b NEAR c", "a AND NOT (b NEAR/5 c)");
    reads_as("a NOT NOT b", "a AND b");
    reads_as("a OR (b OR (c OR d))", "a OR b OR c OR d");
}

#[test]
fn words_phrases_fields_and_aliases() {
    reads_as("title:Putin", "title:Putin");
    reads_as("TITLE:(Putin OR Trump)", "title:(Putin OR Trump)");
    reads_as("body:x site:bbc.com", "text:x AND source:bbc.com");
    reads_as("“gencatan senjata”", "\"gencatan senjata\"");
    reads_as("\"say \\\"hi\\\"\"", "\"say \\\"hi\\\"\"");
    reads_as("=Polish =\"New York\"", "=Polish AND =\"New York\"");
    reads_as("Ukrain* *government* *burger", "Ukrain* AND *government* AND *burger");
    reads_as("COVID-19 AT&T 10:30", "COVID-19 AND AT&T AND 10:30");
    reads_as(
        "@putin war",
        "(Putin OR Путин OR \"Vladimir Putin\" OR U-crai-na) AND war",
    );
    reads_as("lang:zh-TW url:\"a b\"", "lang:zh-TW AND url:\"a b\"");
    reads_as("(Putin)-golf", "Putin AND NOT golf");
    reads_as("普京 京*", "普京 AND 京*");
    reads_as("/a b\\/c/i -title:/x+y/", "/a b\\/c/i AND NOT title:/x+y/");
    reads_as("צה\"ל \"דובר צה\"ל\"", "צה\"ל AND \"דובר צה\\\"ל\"");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_column() {
    fails("", 0, "empty");
    fails("(Putin OR Trump", 0, "'(' is never closed");
    fails("Putin) x", 5, "closes nothing");
    fails("Putin AND", 9, "something is missing here");
    fails("Putin OR OR x", 9, "something is missing here");
    fails("AND x", 0, "something is missing here");
    fails("()", 0, "nothing stands between these parentheses");
    fails("a \"\"", 2, "nothing stands between these quotes");
    fails("a \"b", 2, "quote is never closed");
    fails("Putin OR -golf", 9, "at least one thing to look for");
    fails("-a", 0, "at least one thing to look for");
    fails("titel:Putin", 0, "unknown field 'titel:' (did you mean title:?)");
    fails("a http://x", 2, "unknown field 'http:'");
    fails("Trump NEAR/0 Putin", 6, "NEAR distance must be 1 to 50");
    fails("Trump NEAR/51 Putin", 6, "NEAR distance must be 1 to 50");
    fails("a NEAR/3", 8, "something is missing here");
    fails("(a b) NEAR c", 0, "NEAR takes");
    fails("a NEAR -c", 7, "takes no exclusion");
    fails("Uk*ine", 2, "'*' may stand only at the start or end");
    fails("Uk*", 0, "too few letters");
    fails("*abc", 0, "too few letters");
    fails("Putin - golf", 6, "'-' must touch");
    fails("a ...", 2, "no letter");
    fails("lang:", 0, "has no value");
    fails("title:", 0, "has no value");
    fails("@nobody", 0, "unknown alias @nobody");
    fails("@empty", 0, "holds no word");
    fails("a /x", 2, "this pattern is never closed");
    fails("//", 0, "nothing stands between these slashes");
    fails("a /b(c/", 4, "this pattern cannot be read: unclosed group");
    fails("/x*/", 1, "nothing at all");
    fails("/x/y", 3, "only i may stand");
    fails("/(\\w{1000}){1000}/", 1, "too large");
    fails("a NEAR /b/", 7, "NEAR takes");
    fails("@putn", 0, "did you mean @putin?");
    fails("título:x", 0, "unknown field 'título:'");
    reads_as(
        "@PUTIN -b",
        "(Putin OR Путин OR \"Vladimir Putin\" OR U-crai-na) AND NOT b",
    );
    fails("(a -b) OR -c", 10, "at least one thing to look for");
    fails("-(a b) x OR -c", 12, "at least one thing to look for");
}

#[test]
fn limits_have_messages() {
    fails(&"a".repeat(4097), 0, "bytes");
    fails(&"a ".repeat(257), 512, "256 words");
    fails(
        &format!("{}a{}", "(".repeat(40), ")".repeat(40)),
        32,
        "groups inside each other",
    );
    fails(&format!("a{}", " NEAR b".repeat(40)), 231, "groups inside each other");
}

#[test]
fn the_caret_stands_under_wide_characters() {
    let error = read("普京 AND").unwrap_err();
    assert_eq!(error.caret("普京 AND"), "普京 AND\n        ^ something is missing here");
    let error = QueryError {
        code: QueryFault::Star,
        column: 2,
        message: "x".repeat(80),
    };
    assert_eq!(error.caret("a b"), format!("a b\n  ^\n{}", "x".repeat(80)));
}

#[test]
fn doubtful_queries_are_pointed_out() {
    assert_eq!(read("Putin AND Trump").unwrap().lints(), Vec::<String>::new());
    assert!(read("Trump OR Putin Zelensky").unwrap().lints()[0].contains("reads as Trump OR (Putin AND Zelensky)"));
    assert!(read("war and peace").unwrap().lints()[0].contains("write AND"));
    assert!(read("The").unwrap().lints()[0].contains("stands in most stories"));
    assert!(read("\"New Yor*\"").unwrap().lints()[0].contains("nothing between quotes"));
    assert!(read("Putin /a.b/").unwrap().lints()[0].contains("no fixed part"));
    for clean in ["IT", "/Putin.*/", "the Putin", "And*", "x \"and\""] {
        assert_eq!(read(clean).unwrap().lints(), Vec::<String>::new(), "{clean}");
    }
}

fn random_query() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-zA-Zа-я普京]{1,6}",
        "[a-z]{4,6}\\*",
        "\\*[a-z]{4,6}",
        "=[A-Z][a-z]{1,4}",
        "\"[a-z普]{1,4}[ a-z\\-\\\\]{0,6}x\"",
        "[A-Z]{1,3}-[0-9]{1,2}",
        Just("@putin".to_owned()),
        Just("lang:zh".to_owned()),
        "/[a-z]{1,3}(\\\\/|\\.)[a-z]{1,3}/i?",
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND NOT {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} NEAR/7 {b})")),
            inner.clone().prop_map(|a| format!("title:{a}")),
            inner.prop_map(|a| format!("x -{a}")),
        ]
    })
}

proptest! {
    #[test]
    fn the_reading_reads_as_the_same_query(text in random_query()) {
        if let Ok(query) = read(&text) {
            let printed = query.to_string();
            let again = read(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&query), "{} printed as {}", text, printed);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-zA-Z\"()*:@/=|&!\\- \\\\«»ĄÉ普京ก็\u{301}\u{200b}]{0,40}|(AND|OR|NOT|NEAR/|title:|\\(|\\)|a| ){0,20}|.{0,60}") {
        match read(&text) {
            Ok(query) => {
                let again = read(&query.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&query), "{}", query);
                query.lints();
            }
            Err(error) => {
                prop_assert!(error.column <= text.chars().count());
                error.caret(&text);
            }
        }
    }
}
