using System.CommandLine;
using Polydev.Broker.Commands;

var root = new RootCommand("Polydev broker: the OpenAI, Anthropic and Google APIs, answered by the CLIs on its users' own machines.");
ServeCommand.AddTo(root);
root.Subcommands.Add(ServeCommand.Create());
BrokerCommands.AddTo(root);

// The host itself takes SIGTERM and Ctrl-C: the parser's own handler would end the process after two seconds, with all answers that still
// run.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
