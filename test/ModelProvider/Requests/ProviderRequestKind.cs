namespace Polydev.ModelProvider.Requests;

/// <summary>What a request asks for. Only <see cref="Generate"/> is answered by a script.</summary>
public enum ProviderRequestKind
{
    Generate,
    CountTokens,
    Models,

    /// <summary>A look whether the server is there (<c>HEAD /</c>, <c>HEAD /api/hello</c>).</summary>
    Probe,

    /// <summary>Something this server does not know: answered 404.</summary>
    Unknown,
}
