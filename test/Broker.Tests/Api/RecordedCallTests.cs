using System.Text;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Presence;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.Storage;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What stays of a call, in each dialect and on both databases: one row with its figures, and nothing of its content.</summary>
[TestFixtureSource(nameof(Cases))]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RecordedCallTests(string dialect, bool onPostgres) : IAsyncDisposable
{
    private const string Prompt = "the-prompt-of-the-caller";
    private const string AnswerText = "the-answer-of-the-model";
    private const string Thought = "the-thought-of-the-model";
    private const string Complaint = "the-complaint-of-the-vendor";

    private readonly ScriptedExchange _exchange = new()
    {
        Answer =
        [
            WorkEvents.Started(), WorkEvents.Thinking(Thought), WorkEvents.Text(AnswerText),
            new WorkEvent
            {
                Usage = new Usage { InputTokens = 70, CacheReadTokens = 30, CacheWriteTokens = 4, OutputTokens = 12, ThinkingTokens = 5 },
            },
            WorkEvents.Finished(StopReason.EndTurn),
        ],
    };

    private TemporaryPostgres? _postgres;
    private RunningBroker _broker = null!;

    public static IEnumerable<object[]> Cases() =>
        CallShapes.Dialects.SelectMany(dialect => new[] { false, true }.Select(onPostgres => new object[] { dialect, onPostgres }));

    [SetUp]
    public async Task SetUp()
    {
        _postgres = onPostgres ? new TemporaryPostgres() : null;
        _broker = await RunningBroker.StartAsync(
            options => options with { Postgres = _postgres?.ConnectionString },
            services => services.AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange));
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _postgres?.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Call_Answered_LeavesOneRowAndNothingOfItsContent(bool stream)
    {
        var before = TimeProvider.System.GetUtcNow();
        var (status, body, id) = await CallAsync(stream);
        Assert.That(status, Is.EqualTo(200), body);
        Assert.That(body, Does.Contain(AnswerText));

        await _broker.StopAsync();

        var row = (await RowsAsync()).Single();
        Assert.That(row, Is.EqualTo(new RecordedCall
        {
            Id = row.Id,
            AccountId = "owner",
            KeyId = _broker.Key["pk-".Length..][..12],
            BeganAt = row.BeganAt,
            Model = "claude-opus-4-6",
            Dialect = dialect,
            Provider = "claude",
            Machine = "desk",
            MachineId = "token1",
            CliVersion = "1.0",
            IsStreamed = stream,
            StopReason = "end_turn",

            // The one dialect that must say it; the tunnel's CLI honours nothing.
            Ignored = dialect == "anthropic" ? "max_tokens" : string.Empty,
            SlotWaitMilliseconds = row.SlotWaitMilliseconds,
            Status = 200,
            Outcome = "finished",
            Result = CallResult.Answered,
            FirstTokenMilliseconds = row.FirstTokenMilliseconds,
            DurationMilliseconds = row.DurationMilliseconds,
            InputTokens = 70,
            CachedTokens = 30,
            OutputTokens = 12,
            ThinkingTokens = 5,
        }));
        Assert.Multiple(() =>
        {
            Assert.That(row.Id, id is null ? Does.StartWith("req_") : Is.EqualTo(id));
            Assert.That(row.BeganAt, Is.GreaterThan(before.AddSeconds(-1)).And.LessThan(before.AddMinutes(5)));
            Assert.That(row.FirstTokenMilliseconds, Is.InRange(0, row.DurationMilliseconds));
            Assert.That(row.SlotWaitMilliseconds, Is.InRange(0, row.FirstTokenMilliseconds!.Value));
        });
        var totals = (await TotalsAsync()).Single();
        Assert.That(totals, Is.EqualTo(new UsageOfName("claude-opus-4-6", new UsageTotals(1, 0, 70, 30, 12, 5))));
        await AssertNoContentAsync();
    }

    [Test]
    public async Task Call_FailedInTheCli_LeavesOneRowWithoutItsWords()
    {
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Text(AnswerText), WorkEvents.Failed(FailureKind.Upstream, Complaint)];
        var (_, body, _) = await CallAsync(stream: true);
        Assert.That(body, Does.Contain(Complaint));

        await _broker.StopAsync();

        var row = (await RowsAsync()).Single();
        Assert.That((row.Status, row.Outcome, row.Result), Is.EqualTo((200, "Upstream", CallResult.Failed)));
        Assert.That((await TotalsAsync()).Single().Totals, Is.EqualTo(new UsageTotals(1, 1, 0, 0, 0, 0)));
        await AssertNoContentAsync();
    }

    [Test]
    public async Task Call_Refused_LeavesOneRow()
    {
        _exchange.IsOnline = false;
        await CallAsync();
        using (var unread = await _broker.PostAsync(CallShapes.Of(dialect).Path, $$"""{"{{Prompt}}"""))
        {
            Assert.That((int)unread.StatusCode, Is.EqualTo(400));
        }

        await _broker.StopAsync();

        Assert.That(
            (await RowsAsync()).Select(row =>
                (row.Status, row.Result, row.Provider, row.Machine, row.FirstTokenMilliseconds, row.IsStreamed, row.SlotWaitMilliseconds)),
            Is.EquivalentTo(new[]
            {
                (503, CallResult.Failed, "", "", (long?)null, (bool?)false, (long?)null),
                (400, CallResult.Refused, "", "", null, null, null),
            }));
        await AssertNoContentAsync();
    }

    [Test]
    public async Task Call_RefusedByAWindowOrByTheVendor_NamesIt()
    {
        var keys = _broker.Services.GetRequiredService<ICredentialStore>();
        var entry = AuditEntry.Of("owner", AuditActions.KeyLimitsChanged, Actor.CommandLine(), TimeProvider.System.GetUtcNow());
        await keys.SetLimitsAsync("owner", _broker.Key["pk-".Length..][..12], new KeyLimits(null, 1, null), entry, default);
        _exchange.Answer = [WorkEvents.Started(), WorkEvents.Failed(FailureKind.RateLimited, Complaint)];
        Assert.That((await CallAsync()).Status, Is.EqualTo(429));
        Assert.That((await CallAsync()).Status, Is.EqualTo(429));

        await _broker.StopAsync();

        Assert.That(
            (await RowsAsync()).Select(row => (row.RefusedBy, row.Provider)).Order(),
            Is.EqualTo(new[] { ("day", "claude"), ("vendor", "claude") }));
    }

    [Test]
    public async Task Call_AskingForWhatItsCliDoesNotHonour_NamesTheFields()
    {
        var (path, body) = CallShapes.Of(dialect);
        var asking = dialect == "gemini"
            ? body.Replace("{\"contents\"", "{\"generationConfig\":{\"temperature\":0.5},\"contents\"", StringComparison.Ordinal)
            : body.Insert(1, "\"temperature\":0.5,");
        string told;
        using (var response = await _broker.PostAsync(path, asking))
        {
            told = response.Headers.GetValues("x-polydev-ignored").Single();
        }

        await _broker.StopAsync();

        Assert.That(told, Does.Contain("temperature"));
        Assert.That((await RowsAsync()).Single().Ignored, Is.EqualTo(told));
    }

    /// <summary>In the path, where there is one, a model may be longer than in a body.</summary>
    [Test]
    public async Task Call_OfAModelThatIsNotPlain_LeavesAPlainOne()
    {
        var model = dialect == "gemini"
            ? Uri.EscapeDataString($"mi\u001bs\u2028tral-{new string('x', 400)}")
            : $"mi\\u0000s\\u2028tral-{new string('x', 150)}";
        var (path, body) = CallShapes.Of(dialect, model);
        using (await _broker.PostAsync(path, body))
        {
        }

        await _broker.StopAsync();

        var row = (await RowsAsync()).Single();
        Assert.That(row.Model, Does.StartWith("mi s tral-xxx"));
        Assert.That(row.Model, Has.Length.LessThanOrEqualTo(RecordedCall.LongestModel));
    }

    [Test]
    public async Task Call_TokensBeyondBelief_AreCut()
    {
        _exchange.Answer =
        [
            WorkEvents.Started(), new WorkEvent { Usage = new Usage { InputTokens = ulong.MaxValue, OutputTokens = ulong.MaxValue } },
            WorkEvents.Finished(StopReason.EndTurn),
        ];
        await CallAsync();
        await CallAsync();

        await _broker.StopAsync();

        Assert.That((await TotalsAsync()).Single().Totals.InputTokens, Is.EqualTo(2 * RecordedCall.MostTokens));
    }

    [Test]
    public async Task Call_OfNobody_AndWhatIsNoCompletion_LeaveNone()
    {
        using (await _broker.Http.GetAsync("models").DefaultTimeout())
        using (await _broker.Http.GetAsync("models/none").DefaultTimeout())
        {
        }

        _broker.Http.DefaultRequestHeaders.Authorization = null;
        Assert.That((await CallAsync()).Status, Is.EqualTo(401));

        await _broker.StopAsync();

        Assert.That(await RowsAsync(), Is.Empty);
    }

    private async Task<(int Status, string Body, string? Id)> CallAsync(bool stream = false)
    {
        var (path, body) = CallShapes.Of(dialect, stream: stream);
        using var response = await _broker.PostAsync(path, body.Replace("\"hi\"", $"\"{Prompt}\"", StringComparison.Ordinal));
        var text = await response.Content.ReadAsStringAsync().DefaultTimeout();
        var id = response.Headers.TryGetValues("x-request-id", out var ids) || response.Headers.TryGetValues("request-id", out ids)
            ? ids.Single()
            : null;
        return ((int)response.StatusCode, text, id);
    }

    private async Task<IReadOnlyList<RecordedCall>> RowsAsync() =>
        (await _broker.Services.GetRequiredService<IUsageStore>().ListAsync(new CallQuery { AccountId = "owner" }, default)).Calls;

    private Task<IReadOnlyList<UsageOfName>> TotalsAsync()
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var query = new UsageQuery { AccountId = "owner", From = today.AddDays(-1), To = today, By = UsageGrouping.Model };
        return _broker.Services.GetRequiredService<IUsageStore>().SumsAsync(query, default);
    }

    // The model's id shows that what is looked through is what was written.
    private async Task AssertNoContentAsync()
    {
        var everything = onPostgres ? await TablesAsync() : Files();
        Assert.That(everything, Does.Contain("claude-opus-4-6").Or.Contain("InvalidRequest"));
        foreach (var content in (string[])[Prompt, AnswerText, Thought, Complaint, _broker.Key])
        {
            Assert.That(everything.Contains(content, StringComparison.OrdinalIgnoreCase), Is.False, content);
        }
    }

    // The database and its log, byte for byte.
    private string Files() => string.Concat(
        Directory.GetFiles(_broker.Services.GetRequiredService<StorageOptions>().DataFolder).Select(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return reader.ReadToEnd();
        }));

    private async Task<string> TablesAsync()
    {
        await using var connection = await _postgres!.Open().OpenAsync(default);
        var tables = await connection.QueryAsync<string>("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
        var rows = new StringBuilder();
        foreach (var table in tables)
        {
            rows.AppendJoin('\n', await connection.QueryAsync<string>($"SELECT CAST(t.* AS TEXT) FROM \"{table}\" t"));
        }

        return rows.ToString();
    }
}
