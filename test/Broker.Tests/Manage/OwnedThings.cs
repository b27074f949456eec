using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Reference;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Manage;

/// <summary>An account that has one of each thing, all of them named so that they are known again wherever they turn up.</summary>
internal sealed class OwnedThings : IAsyncDisposable
{
    /// <summary>
    /// Parameters that are no account's: models, the reference's documents, a sign-in link's secret, a form's draft, which is worth
    /// something to its own account alone, the number of a key's secret, a stored response, which is looked for at the tunnels of its key's
    /// account alone (StoredResponseTests), and gRPC's own catch-all.
    /// </summary>
    public static readonly IReadOnlyCollection<string> NotOwned =
        [
            "model", "modelAndAction", "documentName", "link", "draft", "number", "response_id", "unimplementedService",
            "unimplementedMethod",
        ];

    private static readonly string[] Kinds = ["key", "machine", "token", "session", "call"];

    private readonly Dictionary<string, string> _ids = [];
    private readonly SignInBroker _broker;
    private readonly string _word;

    private OwnedThings(SignInBroker broker, string word) => (_broker, _word) = (broker, word);

    public string AccountId { get; private set; } = null!;

    public ManageClient Client { get; private set; } = null!;

    public Browser Browser { get; private set; } = null!;

    /// <summary>Ids under each name that a form may have for them.</summary>
    public (string Name, string Value)[] FormFields =>
    [
        .. Kinds.SelectMany(kind => new[] { kind, $"{kind}_id" }.Select(name => (name, _ids[kind]))),
        ("id", _ids["key"]), ("account", AccountId), ("account_id", AccountId), ("name", "taken"),
    ];

    public string FormQuery => string.Join('&', FormFields.Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value)}"));

    /// <param name="word">Stands in each name.</param>
    /// <param name="accountId">Null: of a new account.</param>
    public static async Task<OwnedThings> OfAsync(SignInBroker broker, string word, string? accountId = null)
    {
        var things = new OwnedThings(broker, word) { AccountId = accountId ?? await broker.OpenAccountAsync($"{word} account") };
        await things.MakeAsync();
        return things;
    }

    /// <summary>The kind of thing that a parameter names; null where no test knows it.</summary>
    public static string? KindOf(string path, string name)
    {
        if (name is "cursor" or "subject_id")
        {
            return name;
        }

        var named = name.EndsWith("_id", StringComparison.Ordinal) ? name[..^"_id".Length] : name;
        if (Kinds.Contains(named))
        {
            return named;
        }

        // A bare "id" is of what stands before it: /keys/{id}.
        var before = path.Split('/').TakeWhile(part => part != $"{{{name}}}").LastOrDefault() ?? string.Empty;
        return name == "id" && Kinds.Contains(before.TrimEnd('s')) ? before.TrimEnd('s') : null;
    }

    public static bool LooksLikeAnId(string name) => name is "id" or "cursor" || name.EndsWith("_id", StringComparison.Ordinal);

    public string Fill(RoutePattern pattern)
    {
        var filled = pattern.Parameters.Aggregate(
            pattern.RawText!,
            (path, parameter) => path.Replace($"{{{parameter.Name}}}", IdOf(pattern.RawText!, parameter.Name), StringComparison.Ordinal));
        Assert.That(filled, Does.Not.Contain("{"), "an address that is none shows nothing");
        return filled;
    }

    public string QueryOf(ApiOperation operation)
    {
        var sent = operation.Query.Where(field => LooksLikeAnId(field.Name))
            .Select(field => $"{field.Name}={Uri.EscapeDataString(IdOf(operation.Id, field.Name))}");
        return $"?{string.Join('&', sent)}".TrimEnd('?');
    }

    /// <summary>A good one, so that nothing but the ids is wrong; null where it takes none.</summary>
    public string? BodyOf(ApiOperation operation)
    {
        if (operation.Body.Count == 0)
        {
            return null;
        }

        var body = new JsonObject();
        foreach (var field in operation.Body)
        {
            body[field.Name] = LooksLikeAnId(field.Name) ? IdOf(operation.Id, field.Name)
                : field.Kind == ApiFieldKind.Number ? 1
                : field.Kind == ApiFieldKind.Flag ? true
                : field.Words.Count > 0 ? field.Words[0]
                : "taken";
        }

        return body.ToJsonString();
    }

    /// <summary>Ids and names of the account's that turn up in a text.</summary>
    public IEnumerable<string> MarksIn(string text) =>
        _ids.Values.Append(AccountId).Append(_word).Where(mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));

    /// <summary>A name of the account's turns up in a text; an id may be what the caller has sent, told back to him.</summary>
    public bool IsNamedIn(string text) => text.Contains(_word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Every row of the database that is the account's, its secrets' hashes too.</summary>
    public async Task<IReadOnlyList<string>> ReadRowsAsync()
    {
        await using var connection = await _broker.Running.Services.GetRequiredService<Database>().OpenAsync(CancellationToken.None);
        var rows = new List<string>();
        var tables = await ReadAsync("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        foreach (var table in tables)
        {
            var columns = await ReadAsync($"SELECT name FROM pragma_table_info('{table}')");
            var owner = table == "accounts" ? "id" : "account_id";
            if (columns.Contains(owner))
            {
                var all = string.Join(" || '|' || ", columns.Select(column => $"quote({column})"));
                rows.AddRange((await ReadAsync($"SELECT {all} FROM {table} WHERE {owner} = '{AccountId}' ORDER BY 1"))
                    .Select(row => $"{table}: {row}"));
            }
        }

        Assert.That(rows, Has.Count.GreaterThan(8), "a row at least of each thing");
        return rows;

        async Task<List<string>> ReadAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var reader = await command.ExecuteReaderAsync();
            var read = new List<string>();
            while (await reader.ReadAsync())
            {
                read.Add(reader.GetString(0));
            }

            return read;
        }
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    private string IdOf(string path, string name) => KindOf(path, name) switch
    {
        "subject_id" => _ids["key"],
        "cursor" => path.Contains("Audit", StringComparison.Ordinal) ? _ids["entry"]
            : string.Create(CultureInfo.InvariantCulture, $"{SomeCalls.Noon.AddHours(1).ToUnixTimeMilliseconds()}.{_ids["call"]}"),
        { } kind => _ids[kind],

        // The key was rotated once: its first secret was number 0.
        null when name == "number" => "1",
        null => throw new InvalidOperationException($"{path} {name} is of no kind that is known."),
    };

    private async Task MakeAsync()
    {
        var services = _broker.Running.Services;
        var itself = Actor.CommandLine();
        var keys = services.GetRequiredService<ApiKeyDirectory>();
        var key = (await keys.CreateAsync(AccountId, $"{_word} key", default, itself, CancellationToken.None))!.Credential;
        await keys.RotateAsync(AccountId, key.Id, OldSecretLife.OneDay, itself, CancellationToken.None);
        var machine = await services.GetRequiredService<MachineTokens>()
            .CreateAsync(AccountId, $"{_word} machine", itself, CancellationToken.None);
        var rule = new MachineRule { Provider = "claude", ReservePercent = 7 };
        await services.GetRequiredService<MachineRules>()
            .SetAsync(AccountId, machine.Credential.Id, [rule], itself, CancellationToken.None);
        var token = await services.GetRequiredService<AccountTokens>()
            .CreateAsync(AccountId, $"{_word} token", itself, CancellationToken.None);
        var call = SomeCalls.Make($"req_{TokenAlphabet.Random(16)}", AccountId, key.Id) with
        {
            Model = $"{_word}-model",
            Machine = $"{_word} machine",
            MachineId = machine.Credential.Id,
            BeganAt = _broker.Time.GetUtcNow().AddMinutes(-1),
        };
        await services.GetRequiredService<IUsageStore>().AddAsync([call], CancellationToken.None);
        Browser = await SignInAsync();
        Client = await ManageClient.WithTokenAsync(_broker, AccountId);
        (_ids["key"], _ids["machine"], _ids["token"], _ids["call"]) = (key.Id, machine.Credential.Id, token.Credential.Id, call.Id);
        _ids["session"] = (await Client.GetAsync("/sessions"))["sessions"].EnumerateArray()
            .Single(session => session.GetProperty("browser").GetString()!.StartsWith(_word, StringComparison.Ordinal))
            .GetProperty("id").GetString()!;
        _ids["entry"] = (await Client.GetAsync("/audit?limit=1"))["entries"][0].GetProperty("id").GetString()!;
    }

    private async Task<Browser> SignInAsync()
    {
        var browser = _broker.OpenBrowser($"{_word}/1.0");
        await browser.SubmitAsync(await browser.GetAsync(await _broker.LinkAsync(AccountId)));
        return browser;
    }
}
