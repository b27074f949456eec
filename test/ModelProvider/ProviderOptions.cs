namespace Polydev.ModelProvider;

/// <summary>How a <see cref="ProviderServer"/> runs.</summary>
public sealed record ProviderOptions
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How many requests are kept for the test to read; the oldest go first. 0 keeps none.</summary>
    public int KeptRequests { get; init; } = 1_000;

    /// <summary>The longest that one request may stand open, so that a forgotten gate ends.</summary>
    public TimeSpan RequestLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What <c>GET …/models</c> lists.</summary>
    public IReadOnlyList<string> Models { get; init; } = ["claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash"];

}
