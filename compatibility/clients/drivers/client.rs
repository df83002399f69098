//! rmcp: takes orders on standard input, writes reports on standard output (client.ts).
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use rmcp::{
    ClientHandler, ErrorData, RoleClient, ServiceExt,
    model::*,
    service::{NotificationContext, PeerRequestOptions, RequestContext, RunningService},
    transport::StreamableHttpClientTransport,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// The SDK handles notifications concurrently with the answer: the last ones may come after it.
const LATE_NOTIFICATIONS: Duration = Duration::from_millis(300);

#[derive(Deserialize)]
struct Order {
    id: u64,
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    tool: String,
    #[serde(default)]
    arguments: JsonObject,
    #[serde(default)]
    progress: bool,
}

#[derive(Clone, Default)]
struct Person {
    progress: Arc<Mutex<HashMap<ProgressToken, Vec<f64>>>>,
}

impl ClientHandler for Person {
    async fn create_elicitation(
        &self,
        _request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "name": "Ada" })))
    }

    async fn on_progress(
        &self,
        said: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let mut progress = self.progress.lock().unwrap();
        progress
            .entry(said.progress_token)
            .or_default()
            .push(said.progress);
    }

    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(
            ClientCapabilities::builder().enable_elicitation().build(),
            Implementation::new("driver", "1.0.0"),
        )
    }
}

type Client = RunningService<RoleClient, Person>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let person = Person::default();
    let mut client: Option<Arc<Client>> = None;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let order: Order = serde_json::from_str(&line)?;
        if order.what == "connect" {
            let transport = StreamableHttpClientTransport::from_uri(order.url.as_str());
            match person.clone().serve(transport).await {
                Ok(connected) => {
                    client = Some(Arc::new(connected));
                    println!("{}", json!({ "id": order.id }));
                }
                Err(error) => println!("{}", failure(order.id, &error)),
            }
            continue;
        }
        let Some(client) = client.clone() else {
            continue;
        };
        tokio::spawn(async move {
            let outcome = match order.what.as_str() {
                "list" => list(&client, order.id).await,
                _ => call(&client, &order).await,
            };
            println!(
                "{}",
                outcome.unwrap_or_else(|error| failure(order.id, error.as_ref()))
            );
        });
    }
    if let Some(client) = client {
        client.cancellation_token().cancel();
    }
    Ok(())
}

fn failure(id: u64, error: &dyn Error) -> Value {
    json!({ "id": id, "error": error.to_string() })
}

async fn list(client: &Client, id: u64) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let tools = client.list_all_tools().await?;
    let names: Vec<_> = tools.into_iter().map(|tool| tool.name).collect();
    Ok(json!({ "id": id, "tools": names }))
}

/// The client asks for the progress of every call. The token tells which call a notification belongs to.
async fn call(client: &Client, order: &Order) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let params =
        CallToolRequestParams::new(order.tool.clone()).with_arguments(order.arguments.clone());
    if !order.progress {
        let result = client.call_tool(params).await?;
        return Ok(json!({ "id": order.id, "text": text_of(&result) }));
    }
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let handle = client
        .send_cancellable_request(request, PeerRequestOptions::no_options())
        .await?;
    let token = handle.progress_token.clone();
    let ServerResult::CallToolResult(result) = handle.await_response().await? else {
        return Err("the answer is no tool's result".into());
    };
    tokio::time::sleep(LATE_NOTIFICATIONS).await;
    let progress = client
        .service()
        .progress
        .lock()
        .unwrap()
        .remove(&token)
        .unwrap_or_default();
    Ok(json!({ "id": order.id, "text": text_of(&result), "progress": progress }))
}

fn text_of(result: &CallToolResult) -> Option<&str> {
    result
        .content
        .first()
        .and_then(|content| content.as_text())
        .map(|content| content.text.as_str())
}
