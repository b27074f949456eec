using Polydev.Broker.Commands;

return await BrokerCommands.Root().Parse(args).InvokeAsync();
