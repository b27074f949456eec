using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What the caller's own API forbids is refused by field and range; what it allows is never refused.</summary>
internal sealed class RequestRangesTests
{
    private static readonly string[] OpenAi = ["chat", "responses", "completions"];

    private static readonly string[] All = [.. OpenAi, "anthropic", "gemini"];

    public static IEnumerable<TestCaseData> Forbidden =>
    [
        .. OpenAi.SelectMany(dialect => new[]
        {
            Case(dialect, "temperature", "-1", "between 0 and 2"), Case(dialect, "temperature", "2.1", "between 0 and 2"),
            Case(dialect, "top_p", "-1", "between 0 and 1"), Case(dialect, "top_p", "1.1", "between 0 and 1"),
            Case(dialect, "max_tokens", "-1", "of at least 1"), Case(dialect, "max_completion_tokens", "0", "of at least 1"),
            Case(dialect, "max_output_tokens", "-5", "of at least 1"), Case(dialect, "max_tokens", "1.5", "an integer"),
            Case(dialect, "max_tokens", "3000000000", "of at least 1"), Case(dialect, "max_tokens", "\"7\"", "number"),
            Case(dialect, "frequency_penalty", "-2.5", "between -2 and 2"), Case(dialect, "presence_penalty", "3", "between -2 and 2"),
            Case(dialect, "top_logprobs", "21", "between 0 and 20"), Case(dialect, "n", "0", "of at least 1"),
            Case(dialect, "stop", """["a","b","c","d","e"]""", "at most 4"), Case(dialect, "temperature", "\"1\"", "number"),
        }),
        Case("completions", "logprobs", "6", "between 0 and 5"), Case("completions", "best_of", "0", "of at least 1"),
        Case("anthropic", "temperature", "-1", "between 0 and 1"), Case("anthropic", "temperature", "1.2", "between 0 and 1"),
        Case("anthropic", "top_p", "-1", "between 0 and 1"), Case("anthropic", "top_p", "1.5", "between 0 and 1"),
        Case("anthropic", "top_k", "-1", "of at least 0"), Case("anthropic", "top_k", "0.5", "an integer"),
        Case("anthropic", "max_tokens", "-1", "of at least 1"), Case("anthropic", "max_tokens", "0", "of at least 1"),
        Case("anthropic", "temperature", "\"1\"", "number"),
        Case("anthropic", "stop_sequences", $"[{string.Join(',', Enumerable.Repeat("\"a\"", 1001))}]", "at most 1000"),
        Case("gemini", "temperature", "-1", "between 0 and 2"), Case("gemini", "temperature", "\"2.5\"", "between 0 and 2"),
        Case("gemini", "topP", "-1", "between 0 and 1"), Case("gemini", "top_p", "\"-1\"", "between 0 and 1"),
        Case("gemini", "topK", "0", "of at least 1"), Case("gemini", "top_k", "\"-1\"", "of at least 1"),
        Case("gemini", "maxOutputTokens", "-1", "of at least 1"), Case("gemini", "max_output_tokens", "\"0\"", "of at least 1"),
        Case("gemini", "seed", "2147483648", "between -2147483648 and 2147483647"), Case("gemini", "candidateCount", "0", "of at least 1"),
        Case("gemini", "presencePenalty", "2.5", "between -2 and 2"), Case("gemini", "frequency_penalty", "\"-3\"", "between -2 and 2"),
        Case("gemini", "seed", "0.5", "an integer"), Case("gemini", "thinkingConfig", """{"thinkingBudget":-2}""", "of at least -1"),
        Case("gemini", "stopSequences", """["a","b","c","d","e","f"]""", "at most 5"),
        Case("gemini", "temperature", "\"hot\"", "number"), Case("gemini", "temperature", "\"Infinity\"", "number"),
        Case("gemini", "temperature", "\"\"", "number"), Case("gemini", "maxOutputTokens", "\" 7\"", "number"),
    ];

    [TestCaseSource(nameof(Forbidden))]
    public void Read_OutsideTheRangeOfTheCallersApi_NamesFieldAndRange(string dialect, string field, string value, string range)
    {
        var error = Assert.Throws<ApiException>(() => Read(dialect, field, value))!.Error;

        var path = dialect == "gemini" ? $"generationConfig.{field}" : field;
        Assert.That(error.Kind, Is.EqualTo(ApiErrorKind.InvalidRequest));
        Assert.That(error.Param, Is.EqualTo(path).Or.EqualTo($"{path}.thinkingBudget"));
        Assert.That(error.Message, Does.Contain(path).And.Contain(range));
    }

    [TestCase("temperature", "\"0.5\"")]
    [TestCase("topP", "\"5e-1\"")]
    [TestCase("top_p", "\"0.5\"")]
    public void Read_GooglesNumberInAString_IsTheNumber(string field, string value)
    {
        var sampling = Read("gemini", field, value).Work().Sampling;

        Assert.That(sampling.HasTemperature ? sampling.Temperature : sampling.TopP, Is.EqualTo(0.5));
    }

    [Test]
    public void Read_GooglesCountsInStrings_AreTheCounts()
    {
        var call = Read("gemini", "maxOutputTokens", """
            "100","topK":"40","seed":-7.0,"candidateCount":"1","logprobs":"0","presencePenalty":"0",
            "thinkingConfig":{"thinkingBudget":"512"}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Sampling, Is.EqualTo(new Sampling { MaxOutputTokens = 100, TopK = 40, Seed = -7 }));
            Assert.That(call.Work().Thinking.BudgetTokens, Is.EqualTo(512));
        });
    }

    [TestCase("chat", "temperature", "2")]
    [TestCase("responses", "top_p", "1")]
    [TestCase("chat", "stop", """["a","b","c","d"]""")]
    [TestCase("completions", "temperature", "2")]
    [TestCase("completions", "stop", """["a","b","c","d"]""")]
    [TestCase("anthropic", "temperature", "1.0")]
    [TestCase("anthropic", "top_k", "0")]
    [TestCase("gemini", "temperature", "2.0")]
    [TestCase("gemini", "stopSequences", """["a","b","c","d","e"]""")]
    public void Read_TheEndOfTheRange_IsTaken(string dialect, string field, string value) =>
        Assert.That(Read(dialect, field, value).Work().Sampling, Is.Not.Null);

    [TestCase("chat", "stop", "\"\\n\"")]
    [TestCase("completions", "stop", "\"\\n\"")]
    [TestCase("chat", "stop", """["","\n"]""")]
    [TestCase("anthropic", "stop_sequences", """["\n",""]""")]
    [TestCase("gemini", "stopSequences", """["\n",""]""")]
    public void Read_StopOfWhiteSpace_IsAsked_AnEmptyOneIsNot(string dialect, string field, string value) =>
        Assert.That(Read(dialect, field, value).Work().Sampling.StopSequences, Is.EqualTo(new[] { "\n" }));

    [Test]
    public void Read_OnlyEmptyStops_AskForNothing([ValueSource(nameof(All))] string dialect)
    {
        var field = dialect switch { "anthropic" => "stop_sequences", "gemini" => "stopSequences", _ => "stop" };

        var requested = Read(dialect, field, """[""]""").Requested.Select(asked => asked.Field);

        Assert.That(requested, Is.EqualTo(dialect == "anthropic" ? ["max_tokens"] : Array.Empty<string>()));
    }

    private static TestCaseData Case(string dialect, string field, string value, string range) =>
        new TestCaseData(dialect, field, value, range).SetArgDisplayNames(dialect, field, value.Length > 30 ? "…" : value);

    private static CompletionCall Read(string dialect, string field, string value)
    {
        var fields = $"\"{field}\":{value}";
        return DialectRequest.Read(dialect, dialect == "gemini" ? $"\"generationConfig\":{{{fields}}}" : fields);
    }
}
