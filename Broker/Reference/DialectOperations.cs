namespace Polydev.Broker.Reference;

/// <summary>
/// What the reference tells of the vendors' own addresses: what they are for and which fields are needed. The rest of their bodies is in
/// the vendors' own references, and in docs/wire.md.
/// </summary>
internal static class DialectOperations
{
    private const string Streams = "With `\"stream\": true` the answer is server-sent events, in the vendor's own form.";

    private static readonly int[] OfACall = [400, 401, 404, 413, 429, 502, 503, 504];
    private static readonly int[] OfACount = [400, 401, 413, 429];
    private static readonly int[] OfAStored = [400, 401, 404, 429];
    private static readonly int[] OfALook = [401, 404];

    public static ApiOperation ChatCompletions { get; } = Call(
        "createChatCompletion", "OpenAI", "Chat Completions of OpenAI", "model", "messages") with
    {
        Description = Streams,
    };

    public static ApiOperation Completions { get; } = Call(
        "createCompletion", "OpenAI", "Text Completions of OpenAI", "model", "prompt") with
    {
        Description = Streams,
    };

    public static ApiOperation Responses { get; } = Call("createResponse", "OpenAI", "Responses of OpenAI", "model", "input") with
    {
        Description = Streams,
    };

    public static ApiOperation CompactResponse { get; } = Call(
        "compactResponse", "OpenAI", "A conversation of Responses, compacted", "model", "input") with
    {
        Description = "One turn of the model sums it up. What comes back is sent in the conversation's place.",
    };

    public static ApiOperation CountResponses { get; } = Count("countResponse", "OpenAI", "Tokens of a Responses request", "input");

    public static ApiOperation GetResponse { get; } = Stored("getResponse", "A stored response");

    public static ApiOperation ListInput { get; } = Stored("listResponseInput", "What a stored response was asked") with
    {
        Query =
        [
            new ApiField("limit", ApiFieldKind.Number, "At most so many: 1 to 100, else 20."),
            new ApiField("order", ApiFieldKind.Text, "As they were sent, or the last first.") { Words = ["asc", "desc"] },
            new ApiField("after", ApiFieldKind.Text, "The id of the item behind which it begins."),
        ],
    };

    public static ApiOperation CancelResponse { get; } = Stored("cancelResponse", "End a response that is made in the background: none is");

    public static ApiOperation DeleteResponse { get; } = Stored("deleteResponse", "Forget a stored response");

    public static ApiOperation GoogleGenerate { get; } = Call(
        "googleGenerate", "Google", "generateContent with the model in the body", "model", "contents");

    public static ApiOperation Status { get; } = new(
        "getStatus", "Polydev", "The account's tunnels, what their CLIs offer, and what the key may still ask")
    {
        Caller = ApiCaller.Key,
        Errors = OfALook,
    };

    /// <param name="version">As it stands in the address: empty, or <c>/v1</c>.</param>
    public static ApiOperation Messages(string version) => Call(
        $"createMessage{Word(version)}", "Anthropic", "Messages of Anthropic", "model", "max_tokens", "messages") with
    {
        Description = Streams,
    };

    public static ApiOperation CountMessages(string version) =>
        Count($"countMessage{Word(version)}", "Anthropic", "Tokens of a Messages request", "model", "messages");

    public static ApiOperation CountGoogle(string version) =>
        Count($"countTokens{Word(version)}", "Google", "countTokens of Google") with
        {
            Address = $"/api/v1{version}/models/{{model}}:countTokens",
        };

    /// <param name="address">Below the base URL; empty: the base URL itself.</param>
    public static ApiOperation Hello(string address) => new(
        address.Length == 0 ? "getRoot" : "getHello", "Polydev", "Whether the API is here")
    {
        Caller = ApiCaller.Key,
        Errors = OfALook,
    };

    public static ApiOperation ListModels(string version) => Look($"listModels{Word(version)}", "Models that can be asked now");

    public static ApiOperation GetModel(string version) => Look($"getModel{Word(version)}", "One model");

    /// <summary>The model and what is to be done with it stand in one part of the address.</summary>
    public static ApiOperation[] GoogleModel(string version) =>
    [
        Call($"generateContent{Word(version)}", "Google", "generateContent of Google", "contents") with
        {
            Address = $"/api/v1{version}/models/{{model}}:generateContent",
        },
        Call($"streamGenerateContent{Word(version)}", "Google", "streamGenerateContent of Google", "contents") with
        {
            Address = $"/api/v1{version}/models/{{model}}:streamGenerateContent",
            Description = "With `?alt=sse` the answer is server-sent events, else a JSON array that grows.",
            Query = [new ApiField("alt", ApiFieldKind.Text, "How the answer is streamed.") { Words = ["sse", "json"] }],
        },
    ];

    private static string Word(string version) => version.Replace("/v", "V", StringComparison.Ordinal);

    private static ApiOperation Look(string id, string summary) => new(id, "Model lists", summary)
    {
        Caller = ApiCaller.Key,
        Errors = OfALook,
        Description = "In the words of OpenAI, Anthropic or Google, by what the request's headers say.",
    };

    private static ApiOperation Stored(string id, string summary) => new(id, "OpenAI", summary)
    {
        Caller = ApiCaller.Key,
        Errors = OfAStored,
        Description = "Held for an hour in the memory of the machine that answered, for the key that asked.",
    };

    private static ApiOperation Count(string id, string tag, string summary, params string[] required) =>
        Call(id, tag, summary, required) with
        {
            Description = "Counted here, without a CLI. What is not counted as the vendor does is named in `x-polydev-estimated`.",
            Errors = OfACount,
        };

    private static ApiOperation Call(string id, string tag, string summary, params string[] required) => new(id, tag, summary)
    {
        Caller = ApiCaller.Key,
        Body = [.. required.Select(name => new ApiField(name, ApiFieldKind.Any, string.Empty) { IsRequired = true })],
        IsBodyOpen = true,
        Errors = OfACall,
    };
}
