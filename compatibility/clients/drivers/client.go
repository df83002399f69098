// The Go SDK: takes orders on standard input, writes reports on standard output (client.ts).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// The SDK handles notifications concurrently with the answer: the last ones may come after it.
const lateNotifications = 300 * time.Millisecond

type order struct {
	ID        int            `json:"id"`
	Do        string         `json:"do"`
	URL       string         `json:"url"`
	Tool      string         `json:"tool"`
	Arguments map[string]any `json:"arguments"`
	Progress  bool           `json:"progress"`
}

type report struct {
	ID       int       `json:"id"`
	Tools    []string  `json:"tools,omitempty"`
	Text     string    `json:"text,omitempty"`
	Progress []float64 `json:"progress,omitempty"`
	Error    string    `json:"error,omitempty"`
}

type driver struct {
	session *mcp.ClientSession

	mu sync.Mutex
	// The progress values, by progress token.
	progress map[string][]float64
}

func main() {
	d := &driver{progress: map[string][]float64{}}
	reports := make(chan report)
	go func() {
		for out := json.NewEncoder(os.Stdout); ; {
			out.Encode(<-reports)
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		if o.Do == "call" {
			go func() { reports <- d.carryOut(o) }()
		} else {
			reports <- d.carryOut(o)
		}
	}
	if d.session != nil {
		d.session.Close()
	}
}

func (d *driver) carryOut(o order) report {
	r := report{ID: o.ID}
	var err error
	switch o.Do {
	case "connect":
		err = d.connect(o.URL)
	case "list":
		r.Tools, err = d.list()
	case "call":
		r.Text, err = d.call(o)
		if o.Progress {
			time.Sleep(lateNotifications)
			d.mu.Lock()
			r.Progress = d.progress[token(o)]
			d.mu.Unlock()
		}
	}
	if err != nil {
		return report{ID: o.ID, Error: err.Error()}
	}
	return r
}

func (d *driver) connect(url string) (err error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "driver", Version: "1.0.0"}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, n *mcp.ProgressNotificationClientRequest) {
			d.mu.Lock()
			defer d.mu.Unlock()
			of := fmt.Sprint(n.Params.ProgressToken)
			d.progress[of] = append(d.progress[of], n.Params.Progress)
		},
	})
	d.session, err = client.Connect(context.Background(), &mcp.StreamableClientTransport{Endpoint: url}, nil)
	return err
}

func (d *driver) list() (names []string, err error) {
	for tool, err := range d.session.Tools(context.Background(), nil) {
		if err != nil {
			return nil, err
		}
		names = append(names, tool.Name)
	}
	return names, nil
}

func (d *driver) call(o order) (string, error) {
	params := &mcp.CallToolParams{Name: o.Tool, Arguments: o.Arguments}
	if o.Progress {
		params.Meta = mcp.Meta{"progressToken": token(o)}
	}
	result, err := d.session.CallTool(context.Background(), params)
	if err != nil {
		return "", err
	}
	text, ok := result.Content[0].(*mcp.TextContent)
	if !ok {
		return "", fmt.Errorf("the first content is %T", result.Content[0])
	}
	return text.Text, nil
}

func token(o order) string { return fmt.Sprintf("call-%d", o.ID) }
