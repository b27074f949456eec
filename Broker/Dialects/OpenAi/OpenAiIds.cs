using System.Security.Cryptography;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Ids in OpenAI's form.</summary>
internal static class OpenAiIds
{
    /// <summary>The prefix and 128 random bits.</summary>
    public static string New(string prefix) => prefix + RandomNumberGenerator.GetHexString(32, lowercase: true);
}
