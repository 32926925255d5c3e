//! Where in a JSON Schema something is wrong: the compiler itself does not say.

use serde_json::Value;

/// Keywords whose members are schemas; definitions first, which others only refer to.
const MAPS: [&str; 5] = [
    "$defs",
    "definitions",
    "properties",
    "patternProperties",
    "dependentSchemas",
];
/// Keywords that hold a schema, or a list of them.
const SCHEMAS: [&str; 7] = [
    "items",
    "prefixItems",
    "additionalProperties",
    "additionalItems",
    "anyOf",
    "oneOf",
    "allOf",
];

/// The JSON pointer of the innermost schema that `refused` still refuses; "" for the whole one.
pub fn innermost(schema: &Value, refused: &dyn Fn(Value) -> bool) -> String {
    let (mut pointer, mut inner) = (String::new(), schema);
    while let Some((step, child)) = subschemas(inner)
        .into_iter()
        .find(|(_, child)| refused(with_definitions(child, schema)))
    {
        pointer += &step;
        inner = child;
    }
    pointer
}

/// A part of a schema, able to refer to what the whole defines.
fn with_definitions(part: &Value, whole: &Value) -> Value {
    let mut part = part.clone();
    if let (Some(fields), Some(all)) = (part.as_object_mut(), whole.as_object()) {
        for key in ["$schema", "$defs", "definitions"] {
            if let Some(value) = all.get(key) {
                fields.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    part
}

fn subschemas(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for key in MAPS.iter().chain(&SCHEMAS) {
        match schema.get(key) {
            Some(Value::Object(fields)) if MAPS.contains(key) => {
                for (name, value) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    found.push((format!("/{key}/{name}"), value));
                }
            }
            Some(Value::Array(list)) => {
                let items = list.iter().enumerate();
                found.extend(items.map(|(index, value)| (format!("/{key}/{index}"), value)));
            }
            Some(value @ Value::Object(_)) => found.push((format!("/{key}"), value)),
            _ => {}
        }
    }
    found
}
