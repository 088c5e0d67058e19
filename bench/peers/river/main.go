// River with the settings of its own benchmark: `river add URL JOBS` makes its schema and adds no-op jobs,
// `river run URL JOBS` works them, keeps their history and prints the seconds from the start of the client
// until the last job was written back.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const batch = 5_000

type noopArgs struct{}

func (noopArgs) Kind() string { return "noop" }

type noopWorker struct {
	river.WorkerDefaults[noopArgs]
}

func (*noopWorker) Work(context.Context, *river.Job[noopArgs]) error { return nil }

func newClient(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &noopWorker{})
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		Logger:            slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2_000}},
		Workers:           workers,
	})
}

func add(ctx context.Context, pool *pgxpool.Pool, client *river.Client[pgx.Tx], jobs int) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	for added := 0; added < jobs; added += batch {
		params := make([]river.InsertManyParams, min(batch, jobs-added))
		for i := range params {
			params[i].Args = noopArgs{}
		}
		if _, err := client.InsertMany(ctx, params); err != nil {
			return err
		}
	}
	return nil
}

// How long the client takes until it has told of every job that it was completed.
func work(ctx context.Context, client *river.Client[pgx.Tx], jobs int) (time.Duration, error) {
	done, cancel := client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: jobs,
		Kinds:    []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed},
	})
	defer cancel()
	begun := time.Now()
	if err := client.Start(ctx); err != nil {
		return 0, err
	}
	for range jobs {
		if event := <-done; event.Kind != river.EventKindJobCompleted {
			return 0, fmt.Errorf("job %d is %s", event.Job.ID, event.Job.State)
		}
	}
	took := time.Since(begun)
	return took, client.Stop(ctx)
}

func run(ctx context.Context, pool *pgxpool.Pool, client *river.Client[pgx.Tx], jobs int) error {
	took, err := work(ctx, client, jobs)
	if err != nil {
		return err
	}
	var completed int
	const kept = "SELECT count(*) FROM river_job WHERE state = 'completed' AND attempt = 1"
	if err := pool.QueryRow(ctx, kept).Scan(&completed); err != nil {
		return err
	}
	if completed != jobs {
		return fmt.Errorf("%d of %d jobs are completed at their first attempt", completed, jobs)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"jobs": jobs, "seconds": took.Seconds()})
}

func command(ctx context.Context, arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("usage: river add|run URL JOBS")
	}
	jobs, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, arguments[1])
	if err != nil {
		return err
	}
	defer pool.Close()
	client, err := newClient(pool)
	if err != nil {
		return err
	}
	if arguments[0] == "add" {
		return add(ctx, pool, client, jobs)
	}
	return run(ctx, pool, client, jobs)
}

func main() {
	if err := command(context.Background(), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}
