using System.CommandLine;
using Polydev.Broker.Commands;

var root = new RootCommand("Polydev broker: the OpenAI, Anthropic and Google APIs, answered by the CLIs on its users' own machines.");
ServeCommand.AddTo(root);
root.Subcommands.Add(ServeCommand.Create());
BrokerCommands.AddTo(root);
return await root.Parse(args).InvokeAsync();
