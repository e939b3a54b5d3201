//! A dry run: the requests a delivery would make, rendered but not sent.
//!
//! What the platform would answer is not known, so every answer that means `done` is followed as a world of its own (the
//! subscriber is there, he is not). A request that some worlds make and others don't is shown with its condition.

use std::collections::BTreeMap;

use minijinja::value::Value;

use crate::connector::PlannedRequest;
use crate::error::ProvisioningError;
use crate::http;
use crate::manifest::{Manifest, RuleOutcome, Step};
use crate::record::bounded;
use crate::scope::Scopes;
use crate::settings::Settings;
use crate::subscriber::DesiredSubscriber;

/// Most worlds followed; beyond that further answers are taken as the first.
const MAX_WORLDS: usize = 64;

pub(crate) fn plan(
    manifest: &Manifest,
    settings: &Settings,
    url: &str,
    desired: &DesiredSubscriber,
) -> Result<Vec<PlannedRequest>, ProvisioningError> {
    let mut start = Scopes::new(manifest, settings, desired);
    // Nothing is sent, so the true secrets are not needed at all.
    start.open = start.masked.clone();
    let mut worlds = vec![start];
    let mut planned = Vec::new();
    for step in &manifest.steps {
        let mut next = Vec::new();
        let mut shown: Option<Vec<String>> = None;
        let mut everywhere = true;
        for world in worlds {
            if !wanted(manifest, step, &world)? {
                everywhere = false;
                next.push(world);
                continue;
            }
            let requests = requests(manifest, step, &world, url)?;
            // The world with most to do shows best what may be sent.
            if shown.as_ref().is_none_or(|best| best.len() < requests.len()) {
                shown = Some(requests);
            }
            next.extend(outcomes(step, world));
        }
        next.truncate(MAX_WORLDS);
        worlds = next;
        let only_if = if everywhere { None } else { step.when.clone() };
        planned.extend(shown.unwrap_or_default().into_iter().map(|request| PlannedRequest {
            step: step.name.clone(),
            title: step.title.clone(),
            only_if: only_if.clone(),
            request: bounded(request),
        }));
    }
    Ok(planned)
}

fn failed(step: &Step, part: &str, reason: String) -> ProvisioningError {
    ProvisioningError::Render { place: format!("step.{}.{part}", step.name), reason }
}

fn wanted(manifest: &Manifest, step: &Step, world: &Scopes) -> Result<bool, ProvisioningError> {
    let Some(when) = &step.when else { return Ok(true) };
    let value = manifest.templates.eval(when, &world.open).map_err(|reason| failed(step, "when", reason))?;
    Ok(value.is_true())
}

fn requests(
    manifest: &Manifest,
    step: &Step,
    world: &Scopes,
    url: &str,
) -> Result<Vec<String>, ProvisioningError> {
    let mut items = vec![None];
    if let Some(expression) = &step.for_each {
        let list = manifest
            .templates
            .eval(expression, &world.open)
            .map_err(|reason| failed(step, "for_each", reason))?;
        items =
            list.try_iter().map_err(|error| failed(step, "for_each", error.to_string()))?.map(Some).collect();
    }
    let mut world = world.clone();
    items
        .into_iter()
        .map(|item| {
            world.set_item(item);
            Ok(http::render(manifest, step, &world, url)?.recorded)
        })
        .collect()
}

/// The worlds after a step: one for each rule that means done.
fn outcomes(step: &Step, world: Scopes) -> Vec<Scopes> {
    let done = step.rules.iter().filter(|rule| rule.outcome == RuleOutcome::Done);
    let mut different: Vec<BTreeMap<String, Value>> = Vec::new();
    for rule in done {
        let set: BTreeMap<String, Value> = rule.set.iter().cloned().collect();
        if !different.contains(&set) {
            different.push(set);
        }
    }
    let after = |set: &BTreeMap<String, Value>| {
        let mut world = world.clone();
        world.set_step(step, set);
        world
    };
    different.iter().map(after).collect()
}
