namespace Polydev.Broker.Tests.Dialects;

/// <summary>The part of <see cref="RequestFields"/> that is of OpenAI's text completions.</summary>
internal static class CompletionsFields
{
    public static IEnumerable<FieldCase> All =>
    [
        Case("model", Fate.AnsweredOtherwise, "\"model\":\"other\""),
        Case("prompt", Fate.InTheWork, "\"prompt\":\"y\""),
        Case("prompt", Fate.InTheWork, "\"prompt\":[\"y\"]"),
        Case("prompt", Fate.Refused, "\"prompt\":[\"x\",\"y\"]"),
        Case("prompt", Fate.Refused, "\"prompt\":[1,2]"),
        Case("prompt", Fate.Refused, "\"prompt\":[[1,2],[3]]"),
        Case("prompt", Fate.Refused, "\"prompt\":[]"),
        Case("prompt", Fate.Refused, "\"prompt\":\" \""),
        Case("prompt", Fate.Refused, "\"prompt\":null"),
        Case("prompt", Fate.Refused, "\"prompt\":7"),
        Case("stream", Fate.InTheWork, "\"stream\":true"),
        Case("stream_options,include_usage", Fate.AnsweredOtherwise, "\"stream_options\":{\"include_usage\":true}"),
        Case("max_tokens", Fate.InTheWorkAndNamed, "\"max_tokens\":7"),
        Case("temperature", Fate.InTheWorkAndNamed, "\"temperature\":0.5"),
        Case("top_p", Fate.InTheWorkAndNamed, "\"top_p\":0.5"),
        Case("seed", Fate.InTheWorkAndNamed, "\"seed\":5"),
        Case("stop", Fate.InTheWorkAndNamed, "\"stop\":[\"END\"]"),
        Case("logprobs", Fate.Named, "\"logprobs\":3"),
        Case("logprobs", Fate.Refused, "\"logprobs\":6"),
        Case("frequency_penalty", Fate.Named, "\"frequency_penalty\":1"),
        Case("presence_penalty", Fate.Named, "\"presence_penalty\":1"),
        Case("logit_bias", Fate.Named, "\"logit_bias\":{\"1\":1}"),
        Case("n", Fate.Refused, "\"n\":2"),
        Case("best_of", Fate.Refused, "\"best_of\":2"),
        Case("suffix", Fate.Refused, "\"suffix\":\"end\""),
        Case("echo", Fate.Refused, "\"echo\":true"),
    ];

    public static string Body(string fields)
    {
        var prompt = fields.Contains("\"prompt\":", StringComparison.Ordinal) ? string.Empty : ",\"prompt\":\"x\"";
        return $$"""{"model":"m"{{prompt}}{{(fields.Length > 0 ? "," : string.Empty)}}{{fields}}}""";
    }

    private static FieldCase Case(string fields, Fate fate, string json) => new("completions", fields, fate, Body(json), fields);
}
