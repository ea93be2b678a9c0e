//! Whether a mail uses only what Gmail, Outlook, Apple Mail and Yahoo support.

use crate::letter::markup;
use crate::letter::markup::Document;
use crate::letter::markup::Element;

const CLIENTS: &str = include_str!("clients.tsv");

/// Everything in `html` that one of the four does not support, or supports in another way.
pub fn findings(html: &str) -> Vec<String> {
    let document = match markup::read(html) {
        Ok(document) => document,
        Err(reason) => return vec![format!("no clear HTML: {reason}")],
    };
    let mut findings = shape(&document);
    for element in &document.elements {
        check(&format!("<{}>", element.name), "", element, &mut findings);
        for (name, value) in &element.attributes {
            check(&format!("[{name}]"), value, element, &mut findings);
        }
        if let Some(name) = element.attribute("name") {
            check(&format!("{} {name}", element.name), "", element, &mut findings);
        }
        for declaration in element.attribute("style").unwrap_or_default().split(';') {
            match declaration.split_once(':') {
                Some((property, value)) => check(property.trim(), value.trim(), element, &mut findings),
                None => findings.push(format!("no declaration: {declaration:?}")),
            }
        }
    }
    findings.retain(|finding| finding != "no declaration: \"\"");
    findings.extend(dark(&document.styles));
    findings
}

/// What the whole must be: one table that is no table of data, a language, a title, one first heading.
fn shape(document: &Document) -> Vec<String> {
    let count = |name: &str| document.elements.iter().filter(|element| element.name == name).count();
    let mut findings = Vec::new();
    let levels: Vec<u32> = document
        .elements
        .iter()
        .filter_map(|element| element.name.strip_prefix('h')?.parse().ok())
        .collect();
    if levels.windows(2).any(|pair| pair[1] > pair[0] + 1) {
        findings.push(format!("headings skip a level: {levels:?}"));
    }
    for name in ["table", "title", "h1"] {
        if count(name) != 1 {
            findings.push(format!("{} of <{name}>", count(name)));
        }
    }
    for element in &document.elements {
        let needs = match element.name.as_str() {
            "html" => ("lang", ""),
            "table" => ("role", "presentation"),
            _ => continue,
        };
        if !element
            .attribute(needs.0)
            .is_some_and(|value| value.contains(needs.1) && !value.is_empty())
        {
            findings.push(format!("<{}> without {}", element.name, needs.0));
        }
    }
    findings
}

/// What the surfaces of mail programs are: white, black, and the dark greys of those that follow a mail's own word.
const LIGHT: &str = "#ffffff";
const DARK: [&str; 3] = ["#000000", "#121212", "#1e1e1e"];
/// WCAG 2.2, success criterion 1.4.3.
const CONTRAST_MIN: f64 = 4.5;

/// A style element may do one thing: give links a colour that reads where the mail itself is dark.
fn dark(styles: &str) -> Option<String> {
    if styles.is_empty() {
        return None;
    }
    let color = styles
        .strip_prefix("@media (prefers-color-scheme:dark){a{color:")
        .and_then(|rest| rest.strip_suffix("!important}}"));
    match color {
        Some(color) if DARK.iter().all(|surface| reads(color, surface)) => None,
        _ => Some(format!("no colour for links on dark surfaces: {styles}")),
    }
}

/// Whether text in this colour has enough contrast on the surface.
fn reads(color: &str, surface: &str) -> bool {
    let (Some(own), Some(surface)) = (luminance(color), luminance(surface)) else {
        return false;
    };
    (own.max(surface) + 0.05) / (own.min(surface) + 0.05) >= CONTRAST_MIN
}

/// The colour that a program shows which turns every colour around.
fn inverted(color: &str) -> Option<String> {
    let value = u32::from_str_radix(color.strip_prefix('#')?, 16).ok()?;
    Some(format!("#{:06x}", 0x00ff_ffff - value.min(0x00ff_ffff)))
}

fn check(feature: &str, value: &str, element: &Element, findings: &mut Vec<String>) {
    let mut rows = CLIENTS.lines().filter(|line| !line.starts_with('#'));
    let Some(row) = rows.find(|line| line.split('\t').next() == Some(feature)) else {
        findings.push(format!("{feature} ({value}) is not known to work"));
        return;
    };
    let columns: Vec<&str> = row.split('\t').collect();
    let (support, rules) = (&columns[1..5], columns[5]);
    let rules: Vec<&str> = rules.split(',').filter(|rule| !rule.is_empty()).collect();
    if support.contains(&"n") && !rules.contains(&"harmless") {
        findings.push(format!("{feature} is not supported: {}", support.join(" ")));
    }
    if support.contains(&"a") && rules.is_empty() {
        findings.push(format!("{feature} is supported in part: {}", support.join(" ")));
    }
    for rule in rules {
        if !holds(rule, value, element) {
            findings.push(format!("{feature}: \"{value}\" on <{}> breaks {rule}", element.name));
        }
    }
}

fn holds(rule: &str, value: &str, element: &Element) -> bool {
    let on = |names: &[&str]| names.contains(&element.name.as_str());
    let pixels = |part: &str| part.strip_suffix("px").and_then(|number| number.parse::<u32>().ok());
    match rule {
        "harmless" => true,
        "bare" => element.attributes.is_empty(),
        "no-value" => element.attribute("value").is_none(),
        "not-on-td" => !on(&["td"]),
        "not-on-a" => !on(&["a"]),
        "not-on-img" => !on(&["img"]),
        "not-on-p-div" => !on(&["p", "div"]),
        "not-on-body-span" => !on(&["body", "span"]),
        "on-table" => on(&["table", "td"]),
        "center" => value == "center",
        "web-or-mailto" => {
            ["https://", "http://", "mailto:"]
                .iter()
                .any(|scheme| value.starts_with(scheme))
                && !value.contains("bcc=")
        }
        "in-head" => element.parents == ["html", "head"],
        // On light surfaces, on black where a program darkens them behind our back, turned around where it turns all
        // colours around. Links alone have a second colour for surfaces that are dark by our own word.
        "readable" => {
            let is_turned = |turned: String| DARK.iter().all(|surface| reads(&turned, surface));
            on(&["a"]) && reads(value, LIGHT) && reads(value, DARK[0]) && inverted(value).is_some_and(is_turned)
        }
        "not-negative" => !value.contains('-'),
        "not-auto" => !value.contains("auto"),
        "cell-or-zero" => on(&["td"]) || value == "0",
        "thin" => value.split(' ').next().and_then(pixels).is_some_and(|width| width <= 8),
        "ends-generic" => value.ends_with("serif") || value.ends_with("monospace"),
        "px" => pixels(value).is_some_and(|size| size >= 13),
        "keyword" => !value.is_empty() && value.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
        "number" => value.parse::<f32>().is_ok_and(|height| height >= 1.2),
        unknown => panic!("clients.tsv has a rule that the linter does not know: {unknown}"),
    }
}

/// Of `#rrggbb` (WCAG 2.2).
fn luminance(color: &str) -> Option<f64> {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

fn page(body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><title>x</title></head><body><table role=\"presentation\"><tr><td><h1>x</h1>{body}</td></tr></table></body></html>"
    )
}

#[test]
fn the_linter_finds_what_mail_programs_do_not_support() {
    assert_eq!(findings(&page("<p style=\"margin:0;font-size:14px\">x</p>")), [""; 0]);
    for bad in [
        "<div style=\"display:flex\">x</div>",
        "<bdi>x</bdi>",
        "<mark>x</mark>",
        "<img src=\"https://news.example/a.png\">",
        "<p style=\"padding:4px\">x</p>",
        "<p style=\"margin:-4px\">x</p>",
        "<span style=\"margin:4px\">x</span>",
        "<p style=\"margin:0 auto\">x</p>",
        "<p style=\"font-size:1rem\">x</p>",
        "<p style=\"font-size:9px\">x</p>",
        "<p style=\"line-height:20px\">x</p>",
        "<p style=\"color:var(--accent)\">x</p>",
        "<p style=\"color:red\">x</p>",
        "<p style=\"color:#333333\">x</p>",
        "<p style=\"color:#aaaaaa\">x</p>",
        "<p style=\"background:url(https://news.example/a.png)\">x</p>",
        "<p style=\"overflow-wrap:anywhere\">x</p>",
        "<p style=\"border-top:1px solid #000000\">x</p>",
        "<h2 style=\"border-top:9px solid #000000\">x</h2>",
        "<p class=\"x\">x</p>",
        "<a href=\"https://news.example/\" dir=\"auto\">x</a>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<style>p{margin:0}</style>",
        "<style>@media (prefers-color-scheme:dark){a{color:#8ab4f8!important}}</style>",
        "<table role=\"presentation\"><tr><td>x</td></tr></table>",
        "<p>x",
        "<h3>x</h3>",
        "<body style=\"margin:0\"></body>",
    ] {
        assert_ne!(findings(&page(bad)), [""; 0], "{bad}");
    }
    let styled = |style: &str| findings(&page("").replace("</title>", &format!("</title><style>{style}</style>")));
    assert_eq!(
        styled("@media (prefers-color-scheme:dark){a{color:#8ab4f8!important}}"),
        [""; 0]
    );
    for bad in [
        "@media (prefers-color-scheme:dark){a{color:#1a73e8!important}}",
        "@media (prefers-color-scheme:dark){p{color:#8ab4f8!important}}",
        "a{color:#8ab4f8!important}",
    ] {
        assert_ne!(styled(bad), [""; 0], "{bad}");
    }
    assert_ne!(findings(&page("").replace(" lang=\"en\"", "")), [""; 0]);
    assert_ne!(findings(&page("").replace(" role=\"presentation\"", "")), [""; 0]);
}
