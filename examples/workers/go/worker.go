// A worker that counts words: leases count_words tasks over gRPC, reports progress, obeys cancellation.
package main

//go:generate sh generate.sh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2/clientcredentials"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	pb "example.org/worker/workersv1"
)

// A call that finds nobody is tried again, so that a server that starts anew costs no work.
const serviceConfig = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 5, "initialBackoff": "1s",
	"maxBackoff": "10s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`

// The work is not wanted any more: cancelled, or another worker's by now.
var errCancelled, errLost = errors.New("stopped, as asked"), errors.New("lost")

func shorter(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}

type parameters struct {
	Text           *string
	PausePerLineMs int
}

func countWords(given parameters, beat func(progress int) error) (map[string]any, error) {
	words, counts := 0, map[string]int{}
	lines := strings.Split(*given.Text, "\n")
	for done, line := range lines {
		for _, word := range strings.Fields(strings.ToLower(line)) {
			words++
			counts[word]++
		}
		time.Sleep(time.Duration(given.PausePerLineMs) * time.Millisecond) // to watch it work
		if err := beat(100 * done / len(lines)); err != nil {
			return nil, err
		}
	}
	return map[string]any{"words": words, "distinct": len(counts)}, nil
}

func workOn(ctx context.Context, worker pb.WorkerServiceClient, task *pb.LeasedTask, lease time.Duration) error {
	fail := func(why string, final bool) error {
		_, err := worker.Fail(ctx, &pb.FailRequest{TaskId: task.TaskId, LeaseToken: task.LeaseToken,
			ErrorMessage: why, Final: final})
		return err
	}
	nextBeat := time.Now()
	beat := func(progress int) error {
		if time.Now().Before(nextBeat) {
			return nil
		}
		nextBeat = time.Now().Add(shorter(lease/3, time.Second))
		percent := int32(progress)
		answer, err := worker.Heartbeat(ctx, &pb.HeartbeatRequest{Items: []*pb.Beat{
			{TaskId: task.TaskId, LeaseToken: task.LeaseToken, Progress: &percent}}})
		switch {
		case err != nil:
			return err
		case answer.Pulses[0] == pb.Pulse_PULSE_CANCEL:
			return errCancelled
		case answer.Pulses[0] == pb.Pulse_PULSE_LOST:
			return errLost
		}
		return nil
	}
	var given parameters
	if err := json.Unmarshal([]byte(task.ParametersJson), &given); err != nil || given.Text == nil {
		return fail(`parameters must be {"text": "…"}`, true)
	}
	result, err := countWords(given, beat)
	if errors.Is(err, errCancelled) {
		return fail(err.Error(), false)
	} else if err != nil { // who lost the task has nothing to say any more
		return err
	}
	text, _ := json.Marshal(result)
	_, err = worker.Complete(ctx, &pb.CompleteRequest{Items: []*pb.Completion{
		{TaskId: task.TaskId, LeaseToken: task.LeaseToken, ResultJson: string(text)}}})
	return err
}

// token gives each call an access token of the client's own; the library renews it before it ends.
func token(ctx context.Context, method string, asked, reply any, to *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption) error {
	got, err := tokens.Token()
	if err != nil {
		return err
	}
	with := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+got.AccessToken)
	return invoke(with, method, asked, reply, to, options...)
}

var tokens = (&clientcredentials.Config{
	ClientID: os.Getenv("ESM_WORKER_CLIENT_ID"), ClientSecret: os.Getenv("ESM_WORKER_CLIENT_SECRET"),
	TokenURL: os.Getenv("ESM_WORKER_TOKEN_URL"), Scopes: []string{"tasks:work"},
}).TokenSource(context.Background())

func leaseSome(worker pb.WorkerServiceClient, name string) error {
	ctx, done := context.WithTimeout(context.Background(), 40*time.Second)
	defer done()
	answer, err := worker.Lease(ctx, &pb.LeaseRequest{Worker: name, TaskTypes: []string{"count_words"}, Max: 1,
		WaitMs: 30_000})
	if err != nil {
		return err
	}
	for _, task := range answer.Tasks {
		until, over := context.WithTimeout(context.Background(), time.Duration(task.TimeLeftMs)*time.Millisecond)
		defer over()
		if err := workOn(until, worker, task, time.Duration(answer.LeaseMs)*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	server, given := os.LookupEnv("ESM_WORKER_SERVER")
	if !given {
		server = "127.0.0.1:5102"
	}
	to, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(token), grpc.WithDefaultServiceConfig(serviceConfig))
	if err != nil {
		log.Fatal(err)
	}
	host, _ := os.Hostname()
	name, wait := fmt.Sprintf("%s:%d", host, os.Getpid()), time.Second
	for worker := pb.NewWorkerServiceClient(to); ; {
		if err := leaseSome(worker, name); err == nil {
			wait = time.Second
			continue
		} else {
			log.Print("worker: ", err)
		}
		time.Sleep(wait/2 + time.Duration(rand.Int63n(int64(wait/2))))
		wait = shorter(wait*2, 30*time.Second)
	}
}
