export const runInit = async (dir: string): Promise<void> => void dir;
