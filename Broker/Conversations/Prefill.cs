namespace Polydev.Broker.Conversations;

/// <summary>
/// A history that ends with the assistant. No CLI can be asked without a question, so the user's last word is one that the caller did not
/// write (docs/designs/0010).
/// </summary>
/// <param name="Field">The conversation's, in the caller's words.</param>
/// <param name="Begun">What the answer goes on from; null where the caller's API answers behind it, as OpenAI's does.</param>
internal sealed record Prefill(string Field, string? Begun)
{
    /// <summary>What the user is made to say. Where the API goes on in the middle of a word, the answer must too.</summary>
    public string Question => Begun is null
        ? "Continue."
        : "Continue your last message exactly where it ends: write only what comes next, even in the middle of a word or a line. Repeat "
            + "nothing of it, and say nothing about it.";
}
