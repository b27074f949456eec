using System.CommandLine;
using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;
using Polydev.Broker.SignIn;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;

namespace Polydev.Broker.Commands;

/// <summary>A command that works on the broker's database and ends. Exit code 0, or 1 with the reason on standard error.</summary>
internal abstract class StoreCommand : Command
{
    private readonly Option<string> _data = CommandOptions.Data();
    private readonly Option<string?> _database = CommandOptions.Database();
    private readonly Option<bool> _json = CommandOptions.Json();

    protected StoreCommand(string name, string description)
        : base(name, description)
    {
        Options.Add(_data);
        Options.Add(_database);
        Options.Add(_json);
        SetAction(RunAsync);
    }

    protected abstract Task ExecuteAsync(CommandSession session, CancellationToken cancellationToken);

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            var storage = new StorageOptions { DataFolder = arguments.GetRequiredValue(_data), Postgres = arguments.GetValue(_database) };
            await using var session = new CommandSession(arguments, storage, arguments.GetValue(_json));
            await ExecuteAsync(session, cancellationToken);
            return 0;
        }
        catch (Exception e) when (e is CommandException or RefusedChangeException or StorageException or DbException
            or OptionsValidationException)
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }
    }
}

/// <summary>What one run of a command works with: its arguments, the broker's stores, and where its answer goes.</summary>
internal sealed class CommandSession : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public CommandSession(ParseResult arguments, StorageOptions storage, bool json)
    {
        Arguments = arguments;
        Json = json;
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        _services = new ServiceCollection()
            .AddLogging().AddStorage(storage).AddKeys().AddAccounts().AddQuotas(configuration)
            .AddApiKeys().AddMachines(configuration).AddSignInLinks()
            .BuildServiceProvider();
    }

    public ParseResult Arguments { get; }

    public bool Json { get; }

    public AccountDirectory Accounts => _services.GetRequiredService<AccountDirectory>();

    public IAccountStore AccountStore => _services.GetRequiredService<IAccountStore>();

    public SignInLinks SignInLinks => _services.GetRequiredService<SignInLinks>();

    public ISignInLinkStore SignInLinkStore => _services.GetRequiredService<ISignInLinkStore>();

    public ApiKeyDirectory ApiKeys => _services.GetRequiredService<ApiKeyDirectory>();

    public MachineTokens Machines => _services.GetRequiredService<MachineTokens>();

    public CredentialIssuer Credentials => _services.GetRequiredService<CredentialIssuer>();

    public ICredentialStore CredentialStore => _services.GetRequiredService<ICredentialStore>();

    /// <summary>Standard output: what a script reads.</summary>
    public TextWriter Output => Arguments.InvocationConfiguration.Output;

    /// <summary>Standard error: what only a person reads.</summary>
    public TextWriter Remarks => Arguments.InvocationConfiguration.Error;

    public Task WriteJsonAsync<T>(T value, JsonTypeInfo<T> type) => Output.WriteLineAsync(JsonSerializer.Serialize(value, type));

    /// <exception cref="CommandException">There is no such account.</exception>
    public async Task<Account> FindAccountAsync(string idOrName, CancellationToken cancellationToken)
    {
        await Accounts.EnsureOwnerAsync(cancellationToken);
        return await Accounts.FindAsync(idOrName, cancellationToken)
            ?? throw new CommandException($"There is no account '{idOrName}'. 'account list' shows them.");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>What was asked for cannot be done; the message is for the person at the terminal. Exit code 1.</summary>
internal sealed class CommandException(string message) : Exception(message);
