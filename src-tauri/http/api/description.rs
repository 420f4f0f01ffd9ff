//! The API's description of itself: what the handlers say, and what holds for all of them.

use serde::Serialize;
use utoipa::openapi::schema::{AdditionalProperties, Object, Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

const ABOUT: &str = "Leads, their timelines, and the deliveries behind them. Times are RFC 3339, UTC; money is \
     integer cents; phones are E.164.";

/// What went wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
struct ProblemBody {
    /// A few words.
    title: String,
    /// One plain sentence for people.
    detail: String,
    /// `invalid`, `unauthorised`, `forbidden`, `not_found`, `conflict`, `too_large`, `too_many`, `busy` or
    /// `internal`.
    code: String,
}

/// What is sent to us may leave out what it does not say.
const ASKED: [&str; 22] = [
    "Asked",
    "BackupSettingsChange",
    "BusinessChange",
    "GapClose",
    "GapReopen",
    "HoursChange",
    "ImportChoice",
    "NewAction",
    "NewExport",
    "NewMapping",
    "NewSavedReport",
    "NewSource",
    "Recovery",
    "Replay",
    "ReplayFilter",
    "Restore",
    "SavedReportChange",
    "Schedule",
    "SettingsChange",
    "SourceChange",
    "TestEvent",
    "UndoAction",
];

/// The few fields that an answer leaves out where they say nothing.
const LEFT_OUT: [(&str, &[&str]); 14] = [
    ("Call", &["lead_id", "lead_name", "lead_erased"]),
    ("ChangedSource", &["replay", "reverified"]),
    ("Changes", &["snapshot"]),
    ("Cell", &["of", "of_figure", "was", "was_rows", "was_text", "change", "hour", "touches"]),
    ("DeliveryDetail", &["body_base64"]),
    ("Filters", &["source", "source_name", "campaign", "rep", "tag", "stage"]),
    ("Headline", &["better"]),
    ("ReplayAnswer", &["placed", "would_place"]),
    ("RowText", &["phone", "duration", "waited", "waited_open", "estimated", "actual", "revenue"]),
    ("Table", &["stacked"]),
    ("TableRow", &["text"]),
    ("Timeline", &["digest", "rest_digest"]),
    ("WithNumbers_Timeline", &["digest", "rest_digest"]),
    ("Turn", &["start_s", "echo"]),
];

/// The API's description of itself.
pub fn openapi() -> OpenApi {
    let info =
        InfoBuilder::new().title("Leadtrail").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
    let base = OpenApiBuilder::new().info(info).build();
    let (_, mut document) = OpenApiRouter::with_openapi(base).merge(super::routes()).split_for_parts();
    let components = document.components.get_or_insert_default();
    components.schemas.insert("Problem".into(), ProblemBody::schema());
    for (name, schema) in &mut components.schemas {
        if !ASKED.contains(&name.as_str()) {
            let left_out = LEFT_OUT.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, fields)| fields);
            require(schema, left_out);
        }
        free(schema, name);
    }
    components
        .add_security_scheme("token", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()));
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    // Said once, for everything may go wrong in the same way.
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("It did not work; the problem says why.")
        .content("application/problem+json", content)
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), problem.clone().into());
        }
    }
    document
}

/// An answer says every field, also those that are `null`.
fn require(schema: &mut RefOr<Schema>, left_out: &[&str]) {
    match schema {
        RefOr::T(Schema::Object(object)) => require_all(object, left_out),
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(|item| require(item, left_out)),
        _ => {}
    }
}

/// Senders' own fields are whatever they say.
fn free(schema: &mut RefOr<Schema>, of: &str) {
    let objects: Vec<&mut Object> = match schema {
        RefOr::T(Schema::Object(object)) => vec![object],
        RefOr::T(Schema::AllOf(all)) => all
            .items
            .iter_mut()
            .filter_map(|item| if let RefOr::T(Schema::Object(object)) = item { Some(object) } else { None })
            .collect(),
        _ => Vec::new(),
    };
    for object in objects {
        for (name, property) in &mut object.properties {
            let RefOr::T(Schema::Object(inner)) = property else { continue };
            if (of, name.as_str()) == ("Claim", "value") {
                inner.schema_type = SchemaType::AnyValue;
            } else if inner.schema_type == SchemaType::Type(Type::Object) && inner.properties.is_empty() {
                inner.additional_properties.get_or_insert_with(|| Box::new(AdditionalProperties::FreeForm(true)));
            }
        }
    }
}

fn require_all(object: &mut Object, left_out: &[&str]) {
    for name in left_out {
        if let Some(property) = object.properties.get_mut(*name) {
            never_null(property);
        }
    }
    object.required = object.properties.keys().filter(|name| !left_out.contains(&name.as_str())).cloned().collect();
}

/// What is left out where it says nothing is never `null`.
fn never_null(property: &mut RefOr<Schema>) {
    let null = SchemaType::Type(Type::Null);
    match property {
        RefOr::T(Schema::OneOf(one)) => {
            one.items.retain(|item| !matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == null));
            if let [only] = one.items.as_slice() {
                *property = only.clone();
            }
        }
        RefOr::T(Schema::Object(object)) => {
            if let SchemaType::Array(kinds) = &mut object.schema_type {
                kinds.retain(|kind| *kind != Type::Null);
                if let [only] = kinds.as_slice() {
                    object.schema_type = SchemaType::Type(only.clone());
                }
            }
        }
        _ => {}
    }
}
