import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import reactor.core.publisher.Mono;

/**
 * The Java SDK's asynchronous client: takes orders on standard input, writes reports on standard output
 * (client.ts). The synchronous client differs only in its consumers: each notification has a thread of its
 * own, so progress may arrive out of order.
 */
public class Driver {
  private static final Gson JSON =
      new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

  private record Order(
      int id, String order, String url, String tool, Map<String, Object> arguments, boolean progress) {
    @SuppressWarnings("unchecked")
    static Order of(Map<String, Object> line) {
      return new Order(
          ((Number) line.get("id")).intValue(),
          (String) line.get("do"),
          (String) line.get("url"),
          (String) line.get("tool"),
          (Map<String, Object>) line.get("arguments"),
          Boolean.TRUE.equals(line.get("progress")));
    }

    String token() {
      return "call-" + id;
    }
  }

  private final Map<String, List<Double>> progress = new ConcurrentHashMap<>();
  private volatile McpAsyncClient client;

  @SuppressWarnings("unchecked")
  public static void main(String[] args) throws Exception {
    Driver driver = new Driver();
    ExecutorService calls = Executors.newCachedThreadPool();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) {
      Order order = Order.of(JSON.fromJson(line, Map.class));
      calls.execute(() -> report(driver.carryOut(order), order.id()));
    }
    if (driver.client != null) driver.client.closeGracefully().block();
    System.exit(0);
  }

  private static synchronized void report(Map<String, Object> outcome, int id) {
    Map<String, Object> report = new ConcurrentHashMap<>(outcome);
    report.put("id", id);
    System.out.println(JSON.toJson(report));
  }

  private Map<String, Object> carryOut(Order order) {
    try {
      return switch (order.order()) {
        case "connect" -> connect(order.url());
        case "list" -> Map.of("tools", client.listTools().block().tools().stream().map(McpSchema.Tool::name).toList());
        default -> call(order);
      };
    } catch (Exception error) {
      return Map.of("error", error.toString());
    }
  }

  private Map<String, Object> connect(String url) {
    URI uri = URI.create(url);
    String server = uri.getScheme() + "://" + uri.getAuthority();
    client =
        McpClient.async(HttpClientStreamableHttpTransport.builder(server).endpoint(uri.getPath()).build())
            .capabilities(McpSchema.ClientCapabilities.builder().elicitation().build())
            .elicitation(
                request ->
                    Mono.just(
                        new McpSchema.ElicitResult(McpSchema.ElicitResult.Action.ACCEPT, Map.of("name", "Ada"))))
            .progressConsumer(said -> Mono.fromRunnable(() -> note(said)))
            .build();
    client.initialize().block();
    return Map.of();
  }

  private void note(McpSchema.ProgressNotification said) {
    String token = String.valueOf(said.progressToken());
    progress.computeIfAbsent(token, of -> new CopyOnWriteArrayList<>()).add(said.progress());
  }

  private Map<String, Object> call(Order order) {
    Map<String, Object> meta = order.progress() ? Map.of("progressToken", order.token()) : null;
    var result = client.callTool(new McpSchema.CallToolRequest(order.tool(), order.arguments(), meta)).block();
    String text = ((McpSchema.TextContent) result.content().get(0)).text();
    if (!order.progress()) return Map.of("text", text);
    return Map.of("text", text, "progress", progress.getOrDefault(order.token(), List.of()));
  }
}
