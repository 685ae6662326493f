using Squad.Keeper;

var (options, error) = KeeperOptions.Read(args, Environment.GetEnvironmentVariable);
if (options is null)
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(KeeperOptions.Usage);
    return 64;
}
try
{
    return new KeeperHost(options).Run();
}
catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("keeper: " + broken.Message);
    return 74;
}
