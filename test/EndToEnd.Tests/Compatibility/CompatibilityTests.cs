using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Compatibility;

/// <summary>
/// What becomes of each thing that callers ask for, in each dialect on each of the real CLIs. The table that this makes stands in
/// docs/compatibility.md: where it differs, the test fails, and with <c>POLYDEV_WRITE_DOCS=1</c> it is written there.
/// </summary>
internal sealed class CompatibilityTests
{
    private const string Table = "docs/compatibility.md";
    private const string Question = CompatibilityFeature.Question;

    private static readonly string[] Dialects = ["chat", "responses", "anthropic", "gemini"];
    private static readonly (string Cli, string Model)[] Clis =
        [("Claude Code", "claude-opus-4-6"), ("Codex CLI", "gpt-5.3-codex"), ("Gemini CLI", "gemini-2.5-flash")];

    private readonly List<ProviderRequest> _received = [];
    private Stack _stack = null!;
    private CompatibilityFeature _feature = CompatibilityFeature.All[0];

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _stack = await Stack.StartAsync(TunnelBuild.Managed);
        _stack.Provider.Script = Answer;
    }

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Features_InEachDialectOnEachCli_AreWhatTheTableSays()
    {
        var rows = new List<CompatibilityRow>();
        foreach (var feature in CompatibilityFeature.All)
        {
            var cells = new List<CompatibilityCell>();
            foreach (var dialect in Dialects)
            {
                foreach (var (cli, model) in Clis)
                {
                    cells.Add(await CellAsync(feature, dialect, cli, model));
                }
            }

            rows.Add(new CompatibilityRow(feature.Name, cells));
        }

        var table = CompatibilityTable.Of(Clis, rows);
        var path = Path.Combine(RepositoryFolders.Root, Table);
        if (Environment.GetEnvironmentVariable("POLYDEV_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, table);
        }

        Assert.That(rows.SelectMany(row => row.Cells).Where(cell => cell.Fails), Is.Empty);
        Assert.That(table, Is.EqualTo(await File.ReadAllTextAsync(path)), $"{Table} is another. It is written with POLYDEV_WRITE_DOCS=1.");
    }

    private ProviderScript Answer(ProviderRequest request)
    {
        _received.Add(request);
        return _feature.Says(request, _received.Count == 1);
    }

    private async Task<CompatibilityCell> CellAsync(CompatibilityFeature feature, string dialect, string cli, string model)
    {
        var fields = dialect switch
        {
            "chat" => feature.Chat,
            "responses" => feature.Responses,
            "anthropic" => feature.Anthropic,
            _ => feature.Gemini,
        };
        if (fields is null)
        {
            return CompatibilityCell.NoWord;
        }

        _feature = feature;
        _received.Clear();
        using var client = _stack.CreateClient();
        using var body = new StringContent(BodyOf(dialect, model, fields), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(AddressOf(dialect, model, feature.IsStreamed), body).DefaultTimeout();
        var text = await response.Content.ReadAsStringAsync();
        var cell = new CompatibilityCell($"{feature.Name}, {dialect} on {cli}")
        {
            IsRefused = response.StatusCode == HttpStatusCode.BadRequest,
            Reason = response.StatusCode == HttpStatusCode.BadRequest
                ? JsonNode.Parse(text)!["error"]!["message"]!.ToString()
                : string.Empty,
            Ignored = Told(Header(response, "x-polydev-ignored"), fields),
            Altered = Header(response, "x-polydev-altered"),
        };
        if (cell.IsRefused)
        {
            return cell;
        }

        if (!IsAnswer(response.StatusCode, text))
        {
            return cell with { Wrong = $"{response.StatusCode} {text}" };
        }

        var seen = new CompatibilitySight(dialect, _received[^1])
        {
            MediaType = response.Content.Headers.ContentType!.MediaType!,
            Body = text,
            Stored = feature.IsLookedUp ? await client.GetStringAsync($"responses/{JsonNode.Parse(text)!["id"]}") : string.Empty,
        };
        return cell.Ignored.Length > 0 || feature.IsSeen(seen)
            ? cell
            : cell with { Wrong = $"Not done: the model was asked {seen.Raw} and the caller was answered {text}" };
    }

    // Whatever the dialect, the answer holds what the model has said: its text, or the tool that it calls.
    private static bool IsAnswer(HttpStatusCode status, string text) => status == HttpStatusCode.OK
        && ((string[])["""{\"a\":1}""", CompatibilityFeature.JsonTool, CompatibilityFeature.TextTool])
            .Any(said => text.Contains(said, StringComparison.Ordinal));

    // Anthropic's limit is required, so that whoever asks for anything else is told of it too.
    private static string Told(string ignored, string fields) =>
        fields.Contains(CompatibilityFeature.AnthropicLimit, StringComparison.Ordinal)
            ? ignored
            : string.Join(", ", ignored.Split(", ").Where(field => field != "max_tokens"));

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : string.Empty;

    private static string AddressOf(string dialect, string model, bool isStreamed) => dialect switch
    {
        "chat" => "chat/completions",
        "responses" => "responses",
        "anthropic" => "messages",
        _ => $"models/{model}:{(isStreamed ? "streamGenerateContent?alt=sse" : "generateContent")}",
    };

    private static string BodyOf(string dialect, string model, string fields)
    {
        var body = JsonNode.Parse(dialect switch
        {
            "chat" => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{Question}}"}]}""",
            "responses" => $$"""{"model":"{{model}}","input":"{{Question}}"}""",
            "anthropic" => $$"""{"model":"{{model}}","max_tokens":200,"messages":[{"role":"user","content":"{{Question}}"}]}""",
            _ => $$"""{"contents":[{"role":"user","parts":[{"text":"{{Question}}"}]}]}""",
        })!.AsObject();
        foreach (var (name, value) in JsonNode.Parse($"{{{fields}}}")!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        return body.ToJsonString();
    }
}
