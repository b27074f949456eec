using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Parts;

namespace Polydev.Broker.Pages.Calls;

/// <summary>Reads a page of an account's calls.</summary>
internal sealed class CallsReader(
    IUsageStore usage,
    RunningCalls running,
    IAccountStore accounts,
    ApiKeyDirectory keys,
    MachineDirectory machines,
    TimeProvider time)
{
    // Of the days whose models can be chosen: as long as calls are kept, unless that is set otherwise.
    private const int Days = UsageOptions.DefaultCallDays;
    private const int MostModels = 50;

    private static readonly string[] Clis = ["claude", "codex", "gemini", "echo"];

    /// <summary>A page of the list; with an id, one that this call is in, and open. Null where the account has no such call.</summary>
    public async Task<CallsModel?> ReadAsync(string accountId, CallFilter filter, string? openId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var runs = running.Of(accountId);
        var page = await ListAsync(accountId, filter, now, cancellationToken);
        if (openId is not null && page.Calls.All(call => call.Id != openId))
        {
            if (await FilterOfAsync(accountId, filter, openId, runs, cancellationToken) is not { } other)
            {
                return null;
            }

            filter = other;
            page = await ListAsync(accountId, filter, now, cancellationToken);
        }

        var query = filter.ToQuery(accountId, now);
        var counts = await usage.CountAsync(query, cancellationToken);
        var all = await keys.ListAsync(accountId, cancellationToken);
        var known = await machines.ListAsync(accountId, cancellationToken);
        var names = new CallNames(all, known);
        return new CallsModel
        {
            Frame = FrameModel.Of(await AccountAsync(accountId, cancellationToken), all, known, now),
            Filter = filter,
            Choices = ChoicesOf(filter, all, known, await ModelsAsync(accountId, now, cancellationToken)),
            Calls = [.. page.Calls.Select(names.ViewOf)],
            LastEnded = LastEnded(page.Calls),
            Counts = counts,
            Running = [.. StillRunning(runs, page.Calls).Where(filter.HasRunning).Select(names.RunningOf)],
            Before = filter.After is null
                ? 0
                : counts.All - (await usage.CountAsync(query with { After = filter.After }, cancellationToken)).All,
            Next = page.Next,
            InThatTime = counts.All > 0 || !filter.IsSet
                ? counts.All
                : (await usage.CountAsync(new CallFilter { Time = filter.Time }.ToQuery(accountId, now), cancellationToken)).All,
            Open = openId,
        };
    }

    /// <summary>What changes of the first page of all calls; of those that have ended one stands for all.</summary>
    /// <param name="before">As of a second ago; null: there was none.</param>
    public async Task<CallsModel> ReadLiveAsync(string accountId, CallsModel? before, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var filter = new CallFilter();
        var runs = running.Of(accountId);
        var query = filter.ToQuery(accountId, now);
        var page = (await usage.ListAsync(query, cancellationToken)).Calls;
        var all = await keys.ListAsync(accountId, cancellationToken);
        var known = await machines.ListAsync(accountId, cancellationToken);
        var names = new CallNames(all, known);
        var counts = await usage.CountAsync(query, cancellationToken);
        return new CallsModel
        {
            Frame = FrameModel.Of(await AccountAsync(accountId, cancellationToken), all, known, now),
            Filter = filter,

            // The form is no part that is sent; whether there ever was a call is.
            Choices = before is { Choices.Models.Count: > 0 }
                ? before.Choices
                : ChoicesOf(filter, all, known, await ModelsAsync(accountId, now, cancellationToken)),
            Calls = [.. page.Take(1).Select(names.ViewOf)],
            LastEnded = LastEnded(page),
            Counts = counts,
            Running = [.. StillRunning(runs, page).Select(names.RunningOf)],
            Before = 0,
            Next = null,
            InThatTime = counts.All,
        };
    }

    /// <summary>Those that run, but for what has ended since they were looked at, and is among the others.</summary>
    public static IEnumerable<RecordedCall> StillRunning(IReadOnlyList<RecordedCall> runs, IReadOnlyList<RecordedCall> ended) =>
        runs.Where(run => ended.All(call => call.Id != run.Id));

    /// <summary>All that match, the newest first, however many pages they have.</summary>
    public async Task<(CallNames Names, IAsyncEnumerable<RecordedCall> Calls)> ReadAllAsync(
        string accountId, CallFilter filter, int most, CancellationToken cancellationToken)
    {
        var names = new CallNames(
            await keys.ListAsync(accountId, cancellationToken), await machines.ListAsync(accountId, cancellationToken));
        return (names, usage.ReadAsync(filter.ToQuery(accountId, time.GetUtcNow()), most, cancellationToken));
    }

    // Not the first: that is the last to begin, and one that took long may end behind it.
    private static string? LastEnded(IReadOnlyList<RecordedCall> calls) =>
        calls.MaxBy(call => call.BeganAt.AddMilliseconds(call.DurationMilliseconds))?.Id;

    // Of a page that this call is in: where it runs it stands above the first, else it is itself the first of one.
    private async Task<CallFilter?> FilterOfAsync(
        string accountId, CallFilter filter, string id, IReadOnlyList<RecordedCall> runs, CancellationToken cancellationToken)
    {
        if (runs.FirstOrDefault(run => run.Id == id) is { } run)
        {
            return filter.After is null && filter.HasRunning(run) ? filter : new CallFilter();
        }

        return await usage.FindAsync(accountId, id, cancellationToken) is { } call
            ? new CallFilter { Time = CallSpan.Any, After = new CallCursor(call.BeganAt.AddMilliseconds(1), string.Empty) }
            : null;
    }

    private static CallChoices ChoicesOf(
        CallFilter filter, IReadOnlyList<ApiKey> keys, IReadOnlyList<Machine> machines, IReadOnlyList<string> models) => new(
        With(filter.KeyId, keys.Select(key => new CallChoice(
            key.Id, key.Credential.RevokedAt is null ? key.Name : $"{key.Name} (revoked)"))),
        With(filter.Provider, Clis.Select(cli => new CallChoice(cli, CliNames.Of(cli)))),
        With(filter.Model, models.Select(model => new CallChoice(model, model))),
        With(filter.MachineId, machines.Select(machine => new CallChoice(
            machine.Id, machine.Token.RevokedAt is null ? machine.Name : $"{machine.Name} (revoked)"))));

    // What stands in the address is chosen, though nothing has that name.
    private static List<CallChoice> With(string? chosen, IEnumerable<CallChoice> choices)
    {
        var all = choices.ToList();
        if (chosen is not null && all.All(choice => choice.Value != chosen))
        {
            all.Add(new CallChoice(chosen, chosen));
        }

        return all;
    }

    private Task<CallPage> ListAsync(string accountId, CallFilter filter, DateTimeOffset now, CancellationToken cancellationToken) =>
        usage.ListAsync(filter.ToQuery(accountId, now) with { After = filter.After }, cancellationToken);

    private async Task<IReadOnlyList<string>> ModelsAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var query = new UsageQuery
        {
            AccountId = accountId,
            From = today.AddDays(-Days),
            To = today,
            By = UsageGrouping.ModelOfProvider,
        };
        var sums = await usage.SumsAsync(query, cancellationToken);
        return [.. sums.Select(sum => sum.Name).Where(name => name.Length > 0).Distinct().Take(MostModels)];
    }

    private async Task<Account> AccountAsync(string accountId, CancellationToken cancellationToken) =>
        await accounts.FindAsync(accountId, cancellationToken)
            ?? throw new InvalidOperationException("The account of this session has gone.");
}
