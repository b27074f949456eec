using System.CommandLine;
using System.Data.Common;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Commands;

/// <summary>A command that works on the broker's database and ends. Exit code 0, or 1 with the reason on standard error.</summary>
internal abstract class StoreCommand : Command
{
    private readonly Option<string> _data = CommandOptions.Data();
    private readonly Option<bool> _json = CommandOptions.Json();

    protected StoreCommand(string name, string description)
        : base(name, description)
    {
        Options.Add(_data);
        Options.Add(_json);
        SetAction(RunAsync);
    }

    protected abstract Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken);

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = new CommandSession(arguments, arguments.GetRequiredValue(_data), arguments.GetValue(_json));
            await ExecuteAsync(session, cancellationToken);
            return 0;
        }
        catch (Exception e) when (e is CommandException or StorageException or DbException)
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }
}
