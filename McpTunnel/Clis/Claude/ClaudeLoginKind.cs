namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Where the login comes from. It decides which home a process is given.</summary>
internal enum ClaudeLoginKind
{
    /// <summary>An API key or a bearer token in the environment.</summary>
    Key,

    /// <summary>A command of the user's settings that prints a key.</summary>
    KeyHelper,

    /// <summary>A subscription's token in the environment (<c>claude setup-token</c>).</summary>
    Token,

    /// <summary>Bedrock, Vertex or Foundry, with their own credentials.</summary>
    Cloud,

    /// <summary>What <c>/login</c> stored, if anything: a file in the user's config folder, or the keychain.</summary>
    Stored,
}
