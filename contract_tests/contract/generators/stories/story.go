// The main story with the client of openapi-generator for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	openapi "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// problem is what the server refused a request with.
func problem(err error) openapi.Problem {
	var refused *openapi.GenericOpenAPIError
	if !errors.As(err, &refused) {
		panic("The request was not refused.")
	}
	told, is := refused.Model().(openapi.Problem)
	if !is {
		panic("The refusal is no problem.")
	}
	return told
}

func everyTask(ctx context.Context, tasks *openapi.TasksAPIService, projectId string) []openapi.Task {
	var all []openapi.Task
	request := tasks.ListTasks(ctx).ProjectId([]string{projectId}).Limit(10)
	for {
		page, _, err := request.Execute()
		must(err)
		all = append(all, page.Items...)
		if !page.NextCursor.IsSet() || page.NextCursor.Get() == nil {
			return all
		}
		request = request.Cursor(page.GetNextCursor())
	}
}

func main() {
	baseUrl, email, password, organizationId, key := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: baseUrl}}
	client := openapi.NewAPIClient(configuration)
	tasks := client.TasksAPI

	session, _, err := client.SessionsAPI.LogIn(context.Background()).
		SessionCreate(*openapi.NewSessionCreate(email, password)).Execute()
	must(err)
	ctx := context.WithValue(context.Background(), openapi.ContextAccessToken, session.AccessToken)

	project, _, err := client.ProjectsAPI.CreateProject(ctx).
		ProjectCreate(*openapi.NewProjectCreate(organizationId, key, "From a generated client")).Execute()
	must(err)
	create := func(title string, once string) (*openapi.Task, *http.Response, error) {
		wanted := openapi.NewTaskCreate(project.Id, title)
		wanted.SetPriority(openapi.TASK_PRIORITY_HIGH)
		return tasks.CreateTask(ctx).TaskCreate(*wanted).IdempotencyKey(once).Execute()
	}
	var made []string
	for number := 0; number < 24; number++ {
		task, _, err := create(fmt.Sprintf("Step %d", number), fmt.Sprintf("%s-step-%d", project.Id, number))
		must(err)
		made = append(made, task.Id)
	}
	once := project.Id + "-once"
	first, _, err := create("Only once", once)
	must(err)
	again, replay, err := create("Only once", once)
	must(err)

	_, got, err := tasks.GetTask(ctx, first.Id).Execute()
	must(err)
	rename := func(title string) (*http.Response, error) {
		wanted := openapi.NewTaskPatch()
		wanted.SetTitle(title)
		_, response, err := tasks.UpdateTask(ctx, first.Id).TaskPatch(*wanted).IfMatch(got.Header.Get("ETag")).Execute()
		return response, err
	}
	changed, err := rename("Mine")
	must(err)
	collided, stale := rename("Yours")
	refused, empty := func() (*http.Response, error) {
		_, response, err := create(" ", project.Id+"-empty")
		return response, err
	}()
	done, _, err := tasks.CompleteTask(ctx, made[0]).Execute()
	must(err)
	var listed, titles []string
	for _, task := range everyTask(ctx, tasks, project.Id) {
		listed = append(listed, task.Id)
		titles = append(titles, task.Title)
	}
	out, err := client.SessionsAPI.LogOut(ctx).Execute()
	must(err)

	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"project_id":     project.Id,
		"made":           append(made, first.Id),
		"listed":         listed,
		"titles":         titles,
		"same_task":      again.Id == first.Id,
		"replayed":       replay.Header.Get("Idempotency-Replayed") == "true",
		"changed":        changed.StatusCode,
		"collided":       collided.StatusCode,
		"code":           problem(stale).Code,
		"changed_fields": problem(stale).ChangedFields,
		"refused":        refused.StatusCode,
		"fault":          problem(empty).Errors[0].Pointer.Get(),
		"done":           done.Status,
		"logged_out":     out.StatusCode,
	}))
}
