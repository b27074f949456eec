namespace Polydev.Shared.Tokens;

/// <summary>What a secret's text begins with: it tells a reader, and a secret scanner, which of the two it is.</summary>
public static class TokenPrefixes
{
    /// <summary>A caller of the API.</summary>
    public const string ApiKey = "pk-";

    /// <summary>A tunnel.</summary>
    public const string Tunnel = "pd_";
}
