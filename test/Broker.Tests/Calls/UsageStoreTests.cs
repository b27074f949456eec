using Polydev.Broker.Calls;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>What is kept of calls, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UsageStoreTests<TDatabase> : IDisposable
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly DateTimeOffset Noon = SomeCalls.Noon;
    private static readonly DateOnly Today = DateOnly.FromDateTime(Noon.UtcDateTime);

    private readonly TDatabase _temporary = new();
    private readonly UsageStore _store;

    public UsageStoreTests() => _store = Open();

    public void Dispose() => _temporary.Dispose();

    [Test]
    public async Task Find_Added_IsTheSame()
    {
        var call = SomeCalls.Make("req_1") with { Model = "it's \"quoted\"; DROP TABLE calls;-- 模型 𝒳" };
        var refused = SomeCalls.Make("req_2", result: CallResult.Refused) with
        {
            Provider = "",
            Machine = "",
            FirstTokenMilliseconds = null,
            InputTokens = RecordedCall.MostTokens,
            SecretNumber = 3,
            RefusedBy = "hour",
            IsStreamed = true,
            MachineId = "token1",
            CliVersion = "2.1.3",
            SlotWaitMilliseconds = 17,
            StopReason = "end_turn",
            Ignored = "seed, input.reasoning",
        };

        await _store.AddAsync([call, refused], default);

        Assert.That(await _store.FindAsync("ann", "req_1", default), Is.EqualTo(call));
        Assert.That(await _store.FindAsync("ann", "req_2", default), Is.EqualTo(refused));
        Assert.That(await _store.FindAsync("ann", "req_3", default), Is.Null);
    }

    [TestCase(1)]
    [TestCase(11)]
    [TestCase(12)]
    [TestCase(13)]
    [TestCase(200)]
    public async Task Add_AsManyAsABatchHas_AddsThemAll(int count)
    {
        var calls = SomeCalls.Many(count);

        await _store.AddAsync(calls, default);

        Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann", PageSize = 200 }), Is.EquivalentTo(calls));
        Assert.That((await TotalAsync("ann")).Calls, Is.EqualTo(count));
    }

    [Test]
    public async Task Figures_AreSumsAndWhyCallsFailed()
    {
        await _store.AddAsync(
            [
                SomeCalls.Make("one"), SomeCalls.Make("two") with { FirstTokenMilliseconds = 3000 },
                SomeCalls.Make("three", result: CallResult.Refused) with
                {
                    Outcome = "RateLimited", RefusedBy = "hour", FirstTokenMilliseconds = null,
                },
                SomeCalls.Make("four", result: CallResult.Refused) with { Outcome = "RateLimited", RefusedBy = "hour" },
                SomeCalls.Make("five", result: CallResult.Failed) with { Outcome = "TimedOut" },
                SomeCalls.Make("six", result: CallResult.Cancelled), SomeCalls.Make("others", account: "bob", key: "key2"),
            ],
            default);

        var figures = await _store.FiguresAsync(new CallQuery { AccountId = "ann" }, default);
        var none = await _store.FiguresAsync(new CallQuery { AccountId = "eve" }, default);

        Assert.That(figures.Failures, Is.EqualTo(new CallFailures[] { new("RateLimited", "hour", 2), new("TimedOut", "", 1) }));
        Assert.That(
            (figures.SlowestFirstTokenMilliseconds, figures.InputTokens, figures.CachedTokens, figures.OutputTokens),
            Is.EqualTo((3000L, 600L, 360L, 120L)));
        Assert.That((none.Failures.Count, none.SlowestFirstTokenMilliseconds, none.InputTokens), Is.EqualTo((0, (long?)null, 0L)));
    }

    /// <summary>A total of its own for each: more of them than one statement adds.</summary>
    [Test]
    public async Task Add_ManyKeys_AddsToEachItsOwn()
    {
        var calls = SomeCalls.Many(45).Select(call => call with { KeyId = call.Id }).ToList();
        await _store.AddAsync(calls, default);
        await _store.AddAsync([.. calls.Select(call => call with { Id = $"{call.Id}-again" })], default);

        Assert.That(
            await _store.SumsAsync(Period("ann") with { By = UsageGrouping.Key }, default),
            Is.EquivalentTo(calls.Select(call => new UsageOfName(call.KeyId, new UsageTotals(2, 0, 200, 120, 40, 10)))));
    }

    [Test]
    public async Task Add_WhatIsThereAlready_IsCountedOnce()
    {
        var (first, second) = (SomeCalls.Make("req_1"), SomeCalls.Make("req_2"));
        await _store.AddAsync([first], default);

        await _store.AddAsync([first, second, second], default);

        Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann" }), Is.EquivalentTo(new[] { first, second }));
        Assert.That(await TotalAsync("ann"), Is.EqualTo(new UsageTotals(2, 0, 200, 120, 40, 10)));
    }

    [Test]
    public async Task Add_OneCannotBeWritten_AddsNone()
    {
        var bad = SomeCalls.Make("req_2") with { Machine = null! };

        Assert.That(
            async () => await _store.AddAsync([.. SomeCalls.Many(30), bad], default), Throws.InstanceOf<System.Data.Common.DbException>());

        Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann" }), Is.Empty);
        Assert.That(await _store.SumsAsync(Period("ann"), default), Is.Empty);
    }

    /// <summary>Each question that the store answers, asked by one account of data that only the other has.</summary>
    [Test]
    public async Task EveryQuery_OfAnotherAccount_FindsNothing()
    {
        await _store.AddAsync([SomeCalls.Make("req_1", "bob", "key1")], default);
        await _store.AddAsync([SomeCalls.Make("req_2", "ann", "key2")], default);

        var mine = await _store.AllAsync(new CallQuery { AccountId = "ann" });
        Assert.Multiple(async () =>
        {
            Assert.That(mine.Select(call => call.Id), Is.EqualTo(new[] { "req_2" }));
            Assert.That(await _store.AllAsync(new CallQuery { AccountId = "ann", KeyId = "key1" }), Is.Empty);
            var behind = new CallQuery { AccountId = "ann", After = new CallCursor(Noon, "req_2") };
            Assert.That(await _store.AllAsync(behind), Is.Empty, "bob's is");
            Assert.That(await _store.FindAsync("ann", "req_1", default), Is.Null);
            Assert.That(await _store.SumsAsync(Period("ann") with { KeyId = "key1" }, default), Is.Empty);
            Assert.That(await _store.DaysAsync(Period("ann") with { KeyId = "key1" }, default), Is.Empty);
            Assert.That(await _store.AllAsync(new CallQuery { AccountId = "nobody" }), Is.Empty);
            Assert.That(await _store.SumsAsync(Period("nobody"), default), Is.Empty);
        });
        foreach (var grouping in Groupings)
        {
            var query = Period("ann") with { By = grouping };
            Assert.That((await _store.SumsAsync(query, default)).Sum(row => row.Totals.Calls), Is.EqualTo(1), $"{grouping}");
            Assert.That((await _store.DaysAsync(query, default)).Sum(row => row.Totals.Calls), Is.EqualTo(1), $"{grouping}");
        }
    }

    [Test]
    public async Task List_EachFilter_LeavesOutTheOthers()
    {
        var call = SomeCalls.Make("req_1");
        RecordedCall[] others =
        [
            call with { Id = "req_2", KeyId = "key2" },
            call with { Id = "req_3", Model = "o3" },
            call with { Id = "req_4", Provider = "codex" },
            call with { Id = "req_5", Machine = "laptop" },
            call with { Id = "req_6", Result = CallResult.Failed },
            call with { Id = "req_7", BeganAt = Noon.AddMilliseconds(-1) },
            call with { Id = "req_8", BeganAt = Noon.AddMilliseconds(1) },
            call with { Id = "req_9", MachineId = "another" },
            call with { Id = "req_A", Outcome = "NoProvider" },
        ];
        await _store.AddAsync([call, .. others], default);
        var all = new CallQuery { AccountId = "ann" };
        (CallQuery Query, string[] LeftOut)[] expected =
        [
            (all with { KeyId = call.KeyId }, ["req_2"]),
            (all with { Model = call.Model }, ["req_3"]),
            (all with { Provider = call.Provider }, ["req_4"]),
            (all with { Machine = call.Machine }, ["req_5"]),
            (all with { Result = call.Result }, ["req_6"]),
            (all with { From = Noon }, ["req_7"]),
            (all with { To = Noon.AddMilliseconds(1) }, ["req_8"]),
            (all with { MachineId = call.MachineId }, ["req_9"]),
            (all with { Outcome = call.Outcome }, ["req_A"]),
        ];

        var everything = (await _store.AllAsync(all)).Select(found => found.Id).ToList();
        Assert.That(everything, Has.Count.EqualTo(10));
        foreach (var (query, leftOut) in expected)
        {
            var found = (await _store.AllAsync(query)).Select(found => found.Id);
            Assert.That(found, Is.EqualTo(everything.Except(leftOut)), string.Join(", ", leftOut));
        }

        var both = expected.Aggregate(all, (query, next) => query with
        {
            KeyId = next.Query.KeyId ?? query.KeyId,
            Model = next.Query.Model ?? query.Model,
            Provider = next.Query.Provider ?? query.Provider,
            Machine = next.Query.Machine ?? query.Machine,
            MachineId = next.Query.MachineId ?? query.MachineId,
            Outcome = next.Query.Outcome ?? query.Outcome,
            Result = next.Query.Result ?? query.Result,
            From = next.Query.From ?? query.From,
            To = next.Query.To ?? query.To,
        });
        Assert.That(await _store.AllAsync(both), Is.EqualTo(new[] { call }));
    }

    [Test]
    public async Task List_NotAnswered_AndNewer_AreThose()
    {
        RecordedCall[] calls =
        [
            .. Enum.GetValues<CallResult>().Select(result => SomeCalls.Make($"{result}", at: Noon.AddSeconds((int)result), result: result)),
        ];
        await _store.AddAsync([.. calls, SomeCalls.Make("bobs", "bob", at: Noon.AddHours(1), result: CallResult.Failed)], default);
        var all = new CallQuery { AccountId = "ann" };

        Assert.That(await _store.AllAsync(all with { IsNotAnswered = true }), Is.EqualTo(calls.Skip(1).Reverse()));
        foreach (var call in calls)
        {
            Assert.That(await _store.AllAsync(all with { Result = call.Result }), Is.EqualTo(new[] { call }));
        }

        var newer = all with { NewerThan = CallCursor.Behind(calls[1]) };
        Assert.That(await _store.AllAsync(newer), Is.EqualTo(new[] { calls[3], calls[2] }));
        Assert.That((await _store.CountAsync(newer, default)).All, Is.EqualTo(2));
    }

    [TestCase(1, 10L)]
    [TestCase(2, 10L)]
    [TestCase(3, 20L)]
    [TestCase(4, 20L)]
    public async Task Count_OfAPeriod_IsByResult_AndTheMedianIsOfThoseThatHadText(int withText, long median)
    {
        var calls = Enumerable.Range(1, withText)
            .Select(number => SomeCalls.Make($"text{number}") with { FirstTokenMilliseconds = 10 * number })
            .Append(SomeCalls.Make("refused", result: CallResult.Refused) with { FirstTokenMilliseconds = null })
            .Append(SomeCalls.Make("failed", result: CallResult.Failed) with { FirstTokenMilliseconds = null })
            .Append(SomeCalls.Make("gone", result: CallResult.Cancelled) with { FirstTokenMilliseconds = null })
            .Append(SomeCalls.Make("before", at: Noon.AddMilliseconds(-1)) with { FirstTokenMilliseconds = 1 })
            .Append(SomeCalls.Make("bobs", "bob") with { FirstTokenMilliseconds = 1 });
        await _store.AddAsync([.. calls], default);

        var query = new CallQuery { AccountId = "ann", From = Noon };
        Assert.That(await _store.CountAsync(query, default), Is.EqualTo(new CallCounts(withText, 1, 1, 1)));
        Assert.That(
            await _store.CountAsync(query with { Result = CallResult.Answered }, default), Is.EqualTo(new CallCounts(withText, 0, 0, 0)));
        Assert.That(await _store.CountAsync(query with { IsNotAnswered = true }, default), Is.EqualTo(new CallCounts(0, 1, 1, 1)));
        Assert.That(
            await _store.CountAsync(new CallQuery { AccountId = "nobody" }, default), Is.EqualTo(new CallCounts(0, 0, 0, 0)));
        Assert.That((await _store.FiguresAsync(query, default)).MedianFirstTokenMilliseconds, Is.EqualTo(median));
        Assert.That(
            (await _store.FiguresAsync(query with { IsNotAnswered = true }, default)).MedianFirstTokenMilliseconds, Is.Null);
    }

    [Test]
    public async Task Sums_AndDays_AreThoseOfTheRows()
    {
        var next = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        RecordedCall[] calls =
        [
            SomeCalls.Make("req_1", at: next.AddMilliseconds(-1)),
            SomeCalls.Make("req_2", at: next, key: "key2"),
            SomeCalls.Make("req_3", at: next, result: CallResult.Refused) with { Provider = "", Model = "none" },
            SomeCalls.Make("req_4", at: next, result: CallResult.Cancelled),
            SomeCalls.Make("req_5", at: next, result: CallResult.Failed) with { Provider = "codex", Model = "o3" },
        ];
        await _store.AddAsync(calls, default);

        var days = Period("ann") with { To = Today.AddDays(1) };
        Assert.Multiple(async () =>
        {
            Assert.That(await _store.DaysAsync(days, default), Is.EqualTo(new[]
            {
                new UsageOfDay(Today, "", SumOf(calls[..1])), new UsageOfDay(Today.AddDays(1), "", SumOf(calls[1..])),
            }));
            Assert.That(await _store.DaysAsync(days with { From = Today.AddDays(1), By = UsageGrouping.Model }, default), Is.EqualTo(new[]
            {
                new UsageOfDay(Today.AddDays(1), "claude-opus-4-6", SumOf(calls[1], calls[3])),
                new UsageOfDay(Today.AddDays(1), "none", SumOf(calls[2])),
                new UsageOfDay(Today.AddDays(1), "o3", SumOf(calls[4])),
            }));
            Assert.That(await _store.SumsAsync(days, default), Is.EqualTo(new[] { new UsageOfName("", SumOf(calls)) }));
            Assert.That(await _store.SumsAsync(days with { By = UsageGrouping.Key }, default), Is.EqualTo(new[]
            {
                new UsageOfName("key1", SumOf(calls[0], calls[2], calls[3], calls[4])), new UsageOfName("key2", SumOf(calls[1])),
            }));
            Assert.That(await _store.SumsAsync(days with { By = UsageGrouping.Provider, KeyId = "key1" }, default), Is.EqualTo(new[]
            {
                new UsageOfName("claude", SumOf(calls[0], calls[3])),
                new UsageOfName("", SumOf(calls[2])),
                new UsageOfName("codex", SumOf(calls[4])),
            }));
        });
        Assert.That(SumOf(calls).Failed, Is.EqualTo(2));
    }

    /// <summary>Writers of two brokers, on the same days, keys and models, some of them with the same call.</summary>
    [Test]
    public async Task Add_ByConcurrentWriters_TotalsAreTheSumOfTheRows()
    {
        UsageStore[] stores = [Open(), Open()];
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            await start.Task;
            for (var batch = 0; batch < 10; batch++)
            {
                await stores[writer % 2].AddAsync([.. Enumerable.Range(0, 30).Select(number => Any(IdOf(writer, batch, number)))], default);
            }
        })));
        start.SetResult();
        await writing.DefaultTimeout();

        var rows = await _store.AllAsync(new CallQuery { AccountId = "ann", PageSize = 200 });
        Assert.That(rows, Has.Count.EqualTo((8 * 10 * 20) + (4 * 10 * 10)));
        var query = Period("ann") with { To = Today.AddDays(3) };
        Assert.That((await _store.SumsAsync(query, default)).Single().Totals, Is.EqualTo(SumOf([.. rows])));
        foreach (var row in await _store.DaysAsync(query with { By = UsageGrouping.Key }, default))
        {
            var its = rows.Where(call => call.KeyId == row.Name && DateOnly.FromDateTime(call.BeganAt.UtcDateTime) == row.Day);
            Assert.That(row.Totals, Is.EqualTo(SumOf([.. its])), $"{row.Day} {row.Name}");
        }

        // Neighbours share every third call.
        static string IdOf(int writer, int batch, int number) =>
            number % 3 == 0 ? $"both{writer / 2}-{batch}-{number}" : $"{writer}-{batch}-{number}";
    }

    /// <summary>Whoever adds a column answers here for what it holds.</summary>
    [Test]
    public async Task Tables_HaveNoPlaceForContent()
    {
        await using var connection = await _temporary.OpenDatabase().OpenAsync(default);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM calls";
        await using var reader = await command.ExecuteReaderAsync();

        Assert.That(Enumerable.Range(0, reader.FieldCount).Select(reader.GetName), Is.EquivalentTo(new[]
        {
            "id", "account_id", "key_id", "began_at", "model", "dialect", "provider", "machine", "status", "result", "outcome",
            "first_token_ms", "duration_ms", "input_tokens", "cached_tokens", "output_tokens", "thinking_tokens",

            // Names of request fields that are ours or the vendors', a number, words of ours, an id of ours, what the CLI says of itself.
            "ignored", "secret_number", "refused_by", "stop_reason", "streamed", "slot_wait_ms", "machine_id", "cli_version",
        }));
    }

    private static IEnumerable<UsageGrouping?> Groupings => [null, .. Enum.GetValues<UsageGrouping>().Cast<UsageGrouping?>()];

    private static UsageQuery Period(string account) => new() { AccountId = account, From = Today, To = Today };

    private static UsageTotals SumOf(params RecordedCall[] calls) => new(
        calls.Length,
        calls.Count(call => call.Result is CallResult.Refused or CallResult.Failed),
        calls.Sum(call => call.InputTokens),
        calls.Sum(call => call.CachedTokens),
        calls.Sum(call => call.OutputTokens),
        calls.Sum(call => call.ThinkingTokens));

    // The same of the same id.
    private static RecordedCall Any(string id)
    {
        var number = id.Sum(letter => letter * 7);
        return SomeCalls.Make(id, key: $"key{number % 5}", at: Noon.AddHours(number % 60), result: (CallResult)(1 + (number % 4))) with
        {
            Model = $"model-{number % 3}",
            InputTokens = number,
            OutputTokens = number % 17,
        };
    }

    private UsageStore Open() => new(_temporary.OpenDatabase());

    private async Task<UsageTotals> TotalAsync(string account) => (await _store.SumsAsync(Period(account), default)).Single().Totals;
}
