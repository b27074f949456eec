namespace Polydev.ModelProvider.Scripts;

/// <summary>Leaves the handler without the last chunk: the server closes the connection once the rest has been sent.</summary>
internal sealed class AnswerCutException() : Exception("The script cut the answer.");
