using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>
/// Nothing that a caller asks vanishes unsaid: every field that a dialect reads changes the work, or is named to a caller whose CLI does
/// not honour it, or is refused by name, or (a short list) is answered otherwise. The names come from the sources: none can be forgotten.
/// </summary>
internal sealed partial class RequestFieldsTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    private static readonly string SourceFolder = Path.Combine(RepositoryFolders.Root, "Broker", "Dialects");

    private static readonly Dictionary<string, (IDialect Dialect, string Baseline, string[] Folders)> Dialects = new()
    {
        ["chat"] = (new OpenAiChatDialect(Clock), RequestFields.Chat(string.Empty), ["OpenAi", "OpenAiChat"]),
        ["responses"] = (new OpenAiResponsesDialect(Clock), RequestFields.Responses(string.Empty), ["OpenAi", "OpenAiResponses"]),
        ["anthropic"] = (new AnthropicDialect(new AnthropicFamily(), Clock), RequestFields.Anthropic(string.Empty), ["Anthropic"]),
        ["completions"] = (new OpenAiCompletionsDialect(Clock), CompletionsFields.Body(string.Empty), ["OpenAiCompletions"]),
        ["gemini"] = (new GeminiDialect(new GoogleFamily(), Clock), RequestFields.Gemini(string.Empty), ["Gemini"]),
    };

    [TestCaseSource(typeof(RequestFields), nameof(RequestFields.All))]
    public void Field_OfEachDialect_IsHeard(FieldCase field)
    {
        var (dialect, baseline, _) = Dialects[field.Dialect];
        if (field.Fate == Fate.Refused)
        {
            Assert.That(Assert.Throws<ApiException>(() => Read(dialect, field.Body))!.Error.Param, Is.EqualTo(field.Named));
            return;
        }

        var call = Read(dialect, field.Body);
        var changes = !call.Work().Equals(Read(dialect, baseline).Work());
        Assert.Multiple(() =>
        {
            Assert.That(changes, Is.EqualTo(field.Fate is Fate.InTheWork or Fate.InTheWorkAndNamed), "It changes the work.");
            if (field.Fate is Fate.InTheWorkAndNamed or Fate.Named)
            {
                Assert.That(call.Requested.Select(asked => asked.Field), Does.Contain(field.Named));
            }
        });
    }

    [TestCase("chat")]
    [TestCase("responses")]
    [TestCase("anthropic")]
    [TestCase("gemini")]
    public void Fields_ThatTheSourcesRead_AllStandInTheTable(string dialect)
    {
        var read = Dialects[dialect].Folders.SelectMany(NamesReadIn).Distinct().ToList();
        var listed = RequestFields.Of(dialect).SelectMany(field => field.Names).Distinct();

        Assert.That(read, Has.Count.GreaterThan(20), "The names are found.");
        Assert.That(listed, Is.EquivalentTo(read));
    }

    /// <summary>It shares a few of OpenAI's settings: those stand in the table too.</summary>
    [Test]
    public void Fields_ThatTextCompletionsRead_AllStandInTheTable() =>
        Assert.That(CompletionsFields.All.SelectMany(field => field.Names), Is.SupersetOf(NamesReadIn("OpenAiCompletions")));

    [Test]
    public void Fields_AreRead_ByALiteralName()
    {
        var sources = Directory.EnumerateFiles(SourceFolder, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "RequestNode.cs");

        Assert.That(
            sources.Where(file => NonLiteral().IsMatch(File.ReadAllText(file))), Is.Empty, "Only such names can be found in the sources.");
    }

    private static IEnumerable<string> NamesReadIn(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(SourceFolder, folder), "*.cs")
        from Match read in Literal().Matches(File.ReadAllText(file))
        from Match name in Name().Matches(read.Groups["names"].Value)
        select name.Groups[1].Value;

    private static CompletionCall Read(IDialect dialect, string body)
    {
        using var document = JsonDocument.Parse(body);
        return dialect.Read(document.RootElement, CompletionPath.None);
    }

    [GeneratedRegex(@"\.(Optional|Required|String|List)\((?<names>""[^)]*)\)")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\.(Optional|Required|String|List)\((?!"")")]
    private static partial Regex NonLiteral();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Name();
}

/// <summary>What becomes of a field.</summary>
internal enum Fate
{
    InTheWork,

    /// <summary>In the work, and in <c>x-polydev-ignored</c> where the CLI does not honour it.</summary>
    InTheWorkAndNamed,

    /// <summary>No CLI can do it: in <c>x-polydev-ignored</c> always.</summary>
    Named,
    Refused,

    /// <summary>Asks nothing of the model, or what the answer itself shows.</summary>
    AnsweredOtherwise,
}

/// <summary>Fields (comma-separated, by their own names), a body that sets them, and what becomes of them.</summary>
/// <param name="Named">The path under which the caller reads of it.</param>
internal sealed record FieldCase(string Dialect, string Fields, Fate Fate, string Body, string Named = "")
{
    public IEnumerable<string> Names => Fields.Split(',');

    public override string ToString() => $"{Dialect}: {Fields} {Named}";
}
