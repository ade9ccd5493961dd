import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.ProjectsApi;
import org.openapitools.client.api.SessionsApi;
import org.openapitools.client.api.TasksApi;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.ProjectCreate;
import org.openapitools.client.model.SessionCreate;
import org.openapitools.client.model.Task;
import org.openapitools.client.model.TaskCreate;
import org.openapitools.client.model.TaskPage;
import org.openapitools.client.model.TaskPatch;
import org.openapitools.client.model.TaskPriority;

/** The main story with the client of openapi-generator for Java on java.net.http, as it comes: it offers an upgrade to HTTP/2. */
public final class Story {
  private static final ObjectMapper MAPPER = ApiClient.createDefaultObjectMapper();

  private interface Asked {
    ApiResponse<Task> ask() throws ApiException;
  }

  private static ApiClient client(String baseUrl) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(baseUrl);
    return client;
  }

  private static ApiException refused(Asked asked) {
    try {
      asked.ask();
    } catch (ApiException refusal) {
      return refusal;
    }
    throw new IllegalStateException("The request was not refused.");
  }

  private static Problem problem(ApiException refusal) throws Exception {
    return MAPPER.readValue(refusal.getResponseBody(), Problem.class);
  }

  private static String key() {
    return UUID.randomUUID().toString();
  }

  private static List<Task> everyTask(TasksApi tasks, UUID projectId) throws ApiException {
    List<Task> all = new ArrayList<>();
    String cursor = null;
    do {
      TaskPage page =
          tasks.listTasks(
              null, null, Set.of(projectId), null, null, null, null, null, null, null, null, null, null, null, 10, cursor);
      all.addAll(page.getItems());
      cursor = page.getNextCursor();
    } while (cursor != null);
    return all;
  }

  public static void main(String[] arguments) throws Exception {
    String token =
        new SessionsApi(client(arguments[0]))
            .logIn(new SessionCreate().email(arguments[1]).password(arguments[2]))
            .getAccessToken();
    ApiClient client = client(arguments[0]);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    TasksApi tasks = new TasksApi(client);

    ProjectCreate wanted =
        new ProjectCreate()
            .organizationId(UUID.fromString(arguments[3]))
            .key(arguments[4])
            .name("From a generated client");
    UUID projectId = new ProjectsApi(client).createProject(wanted, key(), null).getId();
    List<Task> made = new ArrayList<>();
    for (int number = 0; number < 24; number++) {
      TaskCreate step = new TaskCreate().projectId(projectId).title("Step " + number).priority(TaskPriority.TASK_PRIORITY_HIGH);
      made.add(tasks.createTask(step, key(), null));
    }
    String once = key();
    TaskCreate onlyOnce = new TaskCreate().projectId(projectId).title("Only once");
    Task first = tasks.createTask(onlyOnce, once, null);
    ApiResponse<Task> again = tasks.createTaskWithHttpInfo(onlyOnce, once, null);

    String etag = tasks.getTaskWithHttpInfo(first.getId(), null, null).getHeaders().get("etag").get(0);
    ApiResponse<Task> changed =
        tasks.updateTaskWithHttpInfo(first.getId(), new TaskPatch().title("Mine"), null, null, etag, null);
    ApiException collided =
        refused(() -> tasks.updateTaskWithHttpInfo(first.getId(), new TaskPatch().title("Yours"), null, null, etag, null));
    ApiException empty =
        refused(() -> tasks.createTaskWithHttpInfo(new TaskCreate().projectId(projectId).title(" "), key(), null));
    Task done = tasks.completeTask(made.get(0).getId(), null, null, null, null);
    List<Task> listed = everyTask(tasks, projectId);
    made.add(first);

    Map<String, Object> told = new LinkedHashMap<>();
    told.put("project_id", projectId);
    told.put("made", made.stream().map(Task::getId).toList());
    told.put("listed", listed.stream().map(Task::getId).toList());
    told.put("titles", listed.stream().map(Task::getTitle).toList());
    told.put("same_task", again.getData().getId().equals(first.getId()));
    told.put("replayed", again.getHeaders().getOrDefault("idempotency-replayed", List.of()).contains("true"));
    told.put("changed", changed.getStatusCode());
    told.put("collided", collided.getCode());
    told.put("code", problem(collided).getCode());
    told.put("changed_fields", problem(collided).getChangedFields());
    told.put("refused", empty.getCode());
    told.put("fault", problem(empty).getErrors().get(0).getPointer());
    told.put("done", done.getStatus());
    told.put("logged_out", new SessionsApi(client).logOutWithHttpInfo(null).getStatusCode());
    System.out.println(MAPPER.writeValueAsString(told));
  }
}
